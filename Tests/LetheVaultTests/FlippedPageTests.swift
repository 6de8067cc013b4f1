import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheVault

/// Every byte of every page row changed in turn, below whatever keeps the rows; sampled unless `LETHE_EXHAUSTIVE=1`.
@Suite struct FlippedPageTests {
  @Test(arguments: 0..<4)
  func `a changed byte of a page makes its keys missing or the vault refused, never punctured, never others`(
    lane: Int
  ) throws {
    let home = VaultHome()
    let vault = try home.create()
    home.openCases = [caseID(1)]
    let forgotten = SubjectIndex(block: 0, subject: 3)
    let living = [
      SubjectIndex(block: 0, subject: 2).kid(slot: 0), SubjectIndex(block: 1, subject: 9).kid(slot: 1),
      SubjectIndex(block: 63, subject: 1023).kid(slot: 0), .facts, .lookup,
    ]
    try home.commit(CommitRequest(punctures: [forget(forgotten)], touchedShards: [0]))
    let expected = try living.map { try #require(try vault.commitment($0)) }
    let rows = try home.pages.rows()
    var generator = SeededGenerator(seed: 7)
    var counts: [String: Int] = [:]
    let total = rows.reduce(0) { $0 + $1.bytes.count }
    let chosen = Set(Exhaustive.sample(total, oneIn: 100, seed: 8))
    var number = 0
    for (place, row) in rows.enumerated() {
      for offset in row.bytes.indices {
        defer { number += 1 }
        let mask = UInt8.random(in: 1...255, using: &generator)
        guard number % 4 == lane, chosen.contains(number) else { continue }
        var bytes = row.bytes
        bytes[offset] ^= mask
        var changed = rows
        changed[place] = PageRow(key: row.key, bytes: bytes)
        let comment = Comment("\(row.key.page), byte \(offset), changed by \(mask)")
        let trial = VaultHome(pages: MemoryPageStore(changed), cell: home.cell, seed: 2)
        trial.logEpoch = 2
        do {
          let opened = try trial.reopen()
          #expect(opened.missingPages == [row.key.page], comment)
          for (kid, commitment) in zip(living, expected) {
            switch try opened.lookup(kid) {
            case .living(let key): #expect(key.commitment == commitment, comment)
            case .pageMissing: #expect(row.key.page == .block(kid.plane, kid.block), comment)
            case .punctured: Issue.record("a living key is called punctured: \(comment)")
            }
          }
          if case .living = try opened.lookup(forgotten.kid(slot: 0)) { Issue.record("it lives again: \(comment)") }
          counts["missing", default: 0] += 1
        } catch let error as LetheError {
          #expect([.damage, .missingKey, .format, .rolledBack].contains(error.code), "\(error): \(comment)")
          counts[error.code.rawValue, default: 0] += 1
        }
      }
    }
    #expect(!counts.isEmpty)
    if Exhaustive.isAsked { print("\(total) bytes of pages, lane \(lane): \(counts)") }
  }
}
