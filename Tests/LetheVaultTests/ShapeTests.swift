import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@Suite struct ShapeTests {
  @Test func `P8 without any key an auditor sees which nodes live and what each epoch destroyed`() throws {
    let home = VaultHome()
    let vault = try home.create()
    let subject = SubjectIndex(block: 2, subject: 8)
    let first = vault.rootPageHash
    var rows = try home.pages.rows()
    try home.commit(CommitRequest(punctures: [forget(subject, 4)], newSubjectBlocks: 1, touchedShards: [0]))
    rows += try home.pages.rows()

    let before = try VaultShapes(rows: rows, rootPageHash: first, storeID: storeID)
    #expect(before.epoch == 1 && before.punctures.isEmpty && before.coverage(of: subject.node) == .living)
    #expect(before.livingNodes(.subjects, 2) == [KeyNode(plane: .subjects, block: 2, depth: 0, prefix: 0)])

    let after = try VaultShapes(rows: rows, rootPageHash: vault.rootPageHash, storeID: storeID)
    #expect(after.epoch == 2 && after.missingPages.isEmpty && after.shards == vault.shards)
    #expect(after.coverage(of: subject.node) == .gone)
    #expect(after.coverage(of: SubjectIndex(block: 2, subject: 9).node) == .living)
    #expect(after.coverage(of: SubjectIndex(block: 70, subject: 9).node) == .pageMissing)
    #expect(after.blocks(of: .subjects) == Array(0..<65) && after.blocks(of: .store) == [0])
    #expect(after.punctures == vault.punctures && after.punctures.count == 2)
    #expect(try VaultShapes.punctures(in: rows, rootPageHash: vault.rootPageHash) == after.punctures)
    #expect(VaultShapes.rootPages(in: rows).map(\.epoch) == [1, 2])
    #expect(after.livingNodes(.subjects, 2)?.count == 10)
  }

  @Test func `a shape that was changed is not believed`() throws {
    let home = VaultHome()
    let vault = try home.create()
    try home.commit(CommitRequest(punctures: [forget(SubjectIndex(block: 2, subject: 8), 4)]))
    let rows = try home.pages.rows().map { row in
      var bytes = row.bytes
      if bytes.count > 300, bytes.count < 600 { bytes[96] ^= 1 }
      return PageRow(key: row.key, bytes: bytes)
    }
    let shapes = try VaultShapes(rows: rows, rootPageHash: vault.rootPageHash, storeID: storeID)
    #expect(shapes.missingPages.count == 1)
    #expect(shapes.coverage(of: SubjectIndex(block: 2, subject: 8).node) == .pageMissing)
    #expect(throws: LetheError(.missingKey, "")) {
      try VaultShapes(rows: rows, rootPageHash: digest(1), storeID: storeID)
    }
    #expect(throws: LetheError(.damage, "")) {
      try VaultShapes(rows: rows, rootPageHash: vault.rootPageHash, storeID: [UInt8](repeating: 0, count: 16))
    }
  }
}
