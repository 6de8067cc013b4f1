import LetheAudit
import LetheLog
import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// A log that lost segments, or bytes of them, and a backup that has them.
@Suite struct LogMendingTests {
  private static let backup = "/in-memory/backup"

  /// Many small segments, a backup of them all, and records behind it.
  private static func home() async throws -> (home: MemoryHome, texts: [String?]) {
    let home = try MemoryHome(logOptions: MemoryHome.smallSegments)
    try await home.session { (store) async throws in
      for number in 0..<80 { try await store.append(number, of: "anna") }
    }
    try await home.session { (store) async throws in _ = try store.backUp(to: backup) }
    let texts = try await home.session { (store) async throws in
      for number in 80..<140 { try await store.append(number, of: "anna") }
      return try store.items().map(\.text)
    }
    return (home, texts)
  }

  private static func segments(_ home: MemoryHome, in folder: String = MemoryHome.home.log) throws -> [String] {
    try home.disk.contents(of: folder).filter { LogLayout.isSegment($0) }.map { "\(folder)/\($0)" }
  }

  private static func restore(_ home: MemoryHome) throws -> RestoreSummary {
    try Store.restore(MemoryHome.home, from: backup, waiting: .zero, in: home.world())
  }

  private static func expectWhole(_ home: MemoryHome, _ texts: [String?]) async throws {
    try await home.session { (store) async throws in #expect(try store.items().map(\.text) == texts) }
    let report = try Auditor.verify(MemoryHome.home, waiting: .zero, in: home.world())
    #expect(report.ok, "\(report)")
  }

  enum Loss: CaseIterable {
    case first, middle, middleAndIndex, several, bytes, head, bytesOfTheBackupsLast
  }

  @Test(arguments: Loss.allCases)
  func `what a backup has of a lost or broken segment comes back, and newer records stay`(loss: Loss) async throws {
    let (home, texts) = try await Self.home()
    let segments = try Self.segments(home)
    let copied = try Self.segments(home, in: Self.backup + "/Log").count
    try #require(copied > 3 && segments.count > copied + 1)
    func index(of segment: String) -> String { segment.dropLast(8) + ".index" }
    switch loss {
    case .first: try home.disk.remove(segments[0])
    case .middle: try home.disk.remove(segments[2])
    case .middleAndIndex: for path in [segments[2], index(of: segments[2])] { try home.disk.remove(path) }
    case .several: for path in segments[0..<3] { try home.disk.remove(path) }
    case .bytes: for path in segments[1...2] { home.disk.damage(path) { $0[200] ^= 1 } }
    case .head: home.disk.damage(segments[0]) { for place in 0..<64 { $0[place] = 0xff } }
    case .bytesOfTheBackupsLast: home.disk.damage(segments[copied - 1]) { $0[200] ^= 1 }
    }
    let summary = try Self.restore(home)
    #expect(summary.log == .mended && summary.pages == 0)
    try await Self.expectWhole(home, texts)
    #expect(!home.disk.exists(RestoredLog.stagingFolder(MemoryHome.home)))
  }

  @Test func `a log of one segment is mended too, and keeps what the backup does not reach`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for number in 0..<4 { try await store.append(number, of: "anna") }
    }
    try await home.session { (store) async throws in _ = try store.backUp(to: Self.backup) }
    let texts = try await home.session { (store) async throws in
      try await store.append(4, of: "anna")
      return try store.items().map(\.text)
    }
    let segment = try #require(try Self.segments(home).first)
    home.disk.damage(segment) { $0[300] ^= 1 }
    #expect(throws: LetheError(.damage, "")) { try home.open() }
    #expect(try Self.restore(home).log == .mended)
    try await Self.expectWhole(home, texts)
  }

  @Test func `what the backup does not reach is not mended, and nothing is changed`() async throws {
    let (home, _) = try await Self.home()
    let segments = try Self.segments(home)
    home.disk.damage(segments[segments.count - 2]) { $0[200] ^= 1 }
    home.disk.damage(segments[1]) { $0[200] ^= 1 }
    let before = segments.map { home.disk.content(of: $0) }
    #expect(throws: LetheError(.damage, "")) { try Self.restore(home) }
    #expect(segments.map { home.disk.content(of: $0) } == before)
  }

  @Test func `a mending that is stopped at any call is done by the next`() async throws {
    let (home, texts) = try await Self.home()
    let segments = try Self.segments(home)
    try home.disk.remove(segments[0])
    home.disk.damage(segments[2]) { $0[200] ^= 1 }
    var number = 0
    while true {
      let trial = home.copy()
      trial.disk.faults.stop(at: number)
      let isDone = (try? Self.restore(trial)) != nil
      let after = trial.crashed(.some(seed: UInt64(number)))
      // What is broken of a sealed segment no opening looks at.
      _ = try Self.restore(after)
      try await after.session { (store) async throws in
        #expect(try store.items().map(\.text) == texts, "call \(number)")
      }
      if isDone { break }
      number += Exhaustive.isAsked ? 1 : 37
    }
  }

  @Test func `each loss is told by what is missing and what brings it back`() async throws {
    let (home, _) = try await Self.home()
    let segments = try Self.segments(home)
    func told(_ removed: [String]) throws -> String {
      let trial = home.copy()
      for path in removed { try trial.disk.remove(path) }
      do { try trial.open().close() } catch { return error.message }
      return ""
    }
    let advice = "put it back with `lethe restore` from a backup, or from a copy of Log/"
    #expect(try told([segments[0]]) == "the log's first segment is missing; \(advice)")
    #expect(try told([segments[2]]) == "a segment within the log is missing; \(advice)")
    let both = try told([segments[2], segments[2].dropLast(8) + ".index"])
    #expect(both.contains("\(segments[2].lastPathComponent), or the end of the segment before it; put both back"))
  }
}
