import LetheAudit
import LethePolicies
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheLog
@testable import LetheStore

/// What only shows once records are opened, and what an audit says of it.
@Suite struct ForgedContentTests {
  private static func home() async throws -> MemoryHome {
    let home = try MemoryHome(logOptions: MemoryHome.smallSegments)
    try await home.session { (store) async throws in
      for number in 0..<40 { try await store.append(number, of: number.isMultiple(of: 2) ? "anna" : "bert") }
    }
    return home
  }

  private static func verify(_ home: MemoryHome) throws -> AuditReport {
    try Auditor.verify(MemoryHome.home, waiting: .zero, in: home.world())
  }

  /// Changes a value of an index's column of tags, which has one page here, so that all checksums fit.
  private static func forgeTag(_ home: MemoryHome, of index: String, at place: Int) throws -> Bool {
    var bytes = try home.disk.contents(ofFile: index)
    let page = 2 * IndexPages.byteCount
    let tag = bytes[page + 8 * place..<page + 8 * (place + 1)]
    guard tag.contains(where: { $0 != 0 }) else { return false }
    bytes[page + 8 * place] ^= 1
    let sum = IndexPages.checksum(
      bytes.span.extracting(page..<page + IndexPages.contentByteCount), page: 2)
    bytes.replaceSubrange(
      page + IndexPages.contentByteCount..<page + IndexPages.byteCount, with: sum.littleEndianBytes)
    try home.disk.replace(index, with: bytes)
    return true
  }

  @Test func `a tag that an event does not make fails the audit, and the remedy that it names helps`() async throws {
    let home = try await Self.home()
    #expect(try Self.verify(home).ok)
    let folder = MemoryHome.home.log
    let index =
      "\(folder)/\(try #require(try home.disk.contents(of: folder).filter { $0.hasSuffix(".index") }.dropFirst().first))"
    var place = 0
    while try !Self.forgeTag(home, of: index, at: place) { place += 1 }
    let report = try Self.verify(home)
    let failed = report.checks.filter { !$0.ok }
    // Its page has the checksum, but not the hash that the store vouches for.
    #expect(failed.map(\.id) == ["A1"], "\(report)")
    #expect(failed.first?.detail.contains("does not say what its segment holds") == true)
    try home.disk.remove(index)
    try await home.session { (_) async throws in }
    #expect(try Self.verify(home).ok)
    // Made again, the tags know every event that comes again.
    try await home.session { (store) async throws in
      let count = store.count
      for number in 0..<40 {
        let receipt = try await store.append(number, of: number.isMultiple(of: 2) ? "anna" : "bert")
        #expect(receipt.outcome == .duplicate)
      }
      #expect(store.count == count)
    }
  }

  private static func giveNameAgain(_ home: MemoryHome) async throws {
    try await home.session { (store) async throws in
      let id = StreamID([UInt8](repeating: 7, count: 16)[...])!
      let anna = try #require(try store.subjectIndex(ofSubject: "anna"))
      try store.perform { (writer) throws(LetheError) in
        _ = try writer.record([
          StoreWriter.FactDraft(.streamCreated(id, owner: anna), .subject(anna, ["patient-anna"]))
        ])
      }
    }
  }

  @Test func `two streams of one name fail the audit, which says where they are`() async throws {
    let home = try await Self.home()
    try await Self.giveNameAgain(home)
    let report = try Self.verify(home)
    let failed = report.checks.filter { !$0.ok }
    #expect(failed.map(\.id) == ["A7"], "\(report)")
    #expect(failed.first?.detail.contains("has the name of the one at position") == true)
    #expect(failed.first?.detail.contains("anna") == false)
  }
  @Test func `what an audit has found stays a failure, whatever keeps it from its end or the store from closing`()
    async throws
  {
    let home = try MemoryHome(logOptions: MemoryHome.smallSegments)
    try await home.session { (store) async throws in try await store.append(0, of: "anna") }
    try await Self.giveNameAgain(home)
    try await home.session { (store) async throws in
      for number in 1..<40 { try await store.append(number, of: "anna") }
    }
    let whole = home.copy()
    let before = whole.disk.faults.callCount
    #expect(try Self.verify(whole).checks.filter { !$0.ok }.map(\.id) == ["A7"])
    let count = whole.disk.faults.callCount - before
    var found: Set<Set<String>> = []
    for number in max(0, count - 200)..<count {
      let trial = home.copy()
      trial.disk.faults.fail(at: number)
      let report = try Self.verify(trial)
      let failed = report.checks.filter { !$0.ok }.map(\.id)
      if report.obstacle == nil {
        #expect(failed == ["A7"], "\(number): \(report)")
      } else {
        found.insert(Set(failed + report.checks.filter { $0.answer == .notChecked }.map { "\($0.id) not checked" }))
      }
    }
    // The log was read to its end, or at least to what is wrong with it.
    #expect(found.isSuperset(of: [["A7"], ["A5 not checked", "A7"]]), "\(found)")
  }
}
