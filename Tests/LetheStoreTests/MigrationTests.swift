import LetheAudit
import LetheLog
import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// A home that the last version before group seals made, by its own program.
@Suite struct MigrationTests {
  /// Where the fixture lies; its README tells what is in it.
  private static let fixture = "\(#filePath)".parentPath + "/Fixtures/former"

  private static func home(unsealedEnd: Bool = false) throws -> MemoryHome {
    var home = try MemoryHome()
    home.disk = MemoryFileSystem()
    let machine = LocalFileSystem()
    for entry in try FolderTree.files(in: fixture, machine) where entry.name != "checkpoint.before" {
      try home.disk.createDirectory("\(MemoryHome.home.path)/\(entry.name)".parentPath)
      try home.disk.replace(
        "\(MemoryHome.home.path)/\(entry.name)", with: machine.contents(ofFile: "\(fixture)/\(entry.name)"))
    }
    if unsealedEnd {
      for path in [MemoryHome.home.trustedCheckpoint, MemoryHome.home.checkpoint] {
        try home.disk.replace(path, with: machine.contents(ofFile: "\(fixture)/checkpoint.before"))
      }
    }
    try home.disk.createDirectory(MemoryHome.home.readModels)
    // Later than all that the fixture holds.
    home.clock = ManualClock(Timestamp(microseconds: 1_900_000_000_000_000))
    return home
  }

  private static func migrate(_ home: MemoryHome, accepting: Bool = false) throws -> MigrationSummary {
    try Store.migrate(
      MemoryHome.home, acceptingUnsealedEnd: accepting, waiting: .zero, in: home.world())
  }

  private static func expectAll(_ home: MemoryHome, _ comment: Comment) async throws {
    try await home.session { (store) async throws in
      #expect(store.writeRefusal == nil, comment)
      let items = try store.items()
      #expect(items.count == 11, comment)
      // Of the forgotten one's three, what is retained of one opens.
      #expect(items.count { $0.text != nil } == 9, comment)
      #expect(try store.status(ofSubject: "bert").state == .shredded, comment)
      for name in ["anna", "cleo"] { #expect(try store.status(ofSubject: name).state == .live, comment) }
      // What came before is known by its tag, and what is new is taken.
      #expect(try await store.append(1, of: "dora").outcome == .appended, comment)
      await #expect(throws: LetheError(.shredded, "")) { try await store.append(1, of: "bert") }
    }
    let report = try Auditor.verify(MemoryHome.home, waiting: .zero, in: home.world())
    #expect(report.ok, "\(comment): \(report)")
  }

  @Test func `a home of the format before is refused until it is migrated, and holds all that it held`() async throws {
    let home = try Self.home()
    let before = home.disk.content(of: "\(MemoryHome.home.log)/\(LogLayout.segment(0))")
    let error = #expect(throws: LetheError.self) { try home.open() }
    #expect(error?.code == .format && error?.message.contains("lethe home migrate") == true)
    #expect(try Self.migrate(home).acceptedRecords == 0)
    try await Self.expectAll(home, "migrated")
    // The log is not rewritten: records go on in a segment of their own.
    let after = try #require(home.disk.content(of: "\(MemoryHome.home.log)/\(LogLayout.segment(0))"))
    #expect(before?.starts(with: after) == true)
    #expect(throws: LetheError(.refused, "")) { try Self.migrate(home) }
    // The log from before does not come back.
    let old = try Self.home()
    for name in try home.disk.contents(of: MemoryHome.home.log) where LogLayout.isSegmentOrIndex(name) {
      try home.disk.remove("\(MemoryHome.home.log)/\(name)")
    }
    let path = "\(MemoryHome.home.log)/\(LogLayout.segment(0))"
    try home.disk.replace(path, with: #require(old.disk.content(of: path)))
    #expect(throws: LetheError(.rolledBack, "")) { try Self.migrate(home) }
    #expect(throws: LetheError.self) { try home.open() }
  }

  @Test func `records behind the checkpoint are told by their kinds, and taken over only if that is said`() async throws
  {
    let home = try Self.home(unsealedEnd: true)
    let before = home.disk.content(of: "\(MemoryHome.home.log)/\(LogLayout.segment(0))")
    let error = #expect(throws: LetheError.self) { try Self.migrate(home) }
    #expect(error?.code == .refused && error?.message.contains("(1 event)") == true)
    #expect(home.disk.content(of: "\(MemoryHome.home.log)/\(LogLayout.segment(0))") == before)
    #expect(try Self.migrate(home, accepting: true).acceptedRecords == 1)
    try await Self.expectAll(home, "accepted")
  }

  @Test(arguments: [false, true])
  func `a migration that stops at any call can be done again, and nothing is lost`(unsealedEnd: Bool) async throws {
    let made = try Self.home(unsealedEnd: unsealedEnd)
    var stops = 0
    for stop in sequence(first: 0, next: { $0 + (Exhaustive.isAsked ? 1 : 29) }) {
      let home = made.copy()
      home.disk.faults.stop(at: stop)
      let isThrough = (try? Self.migrate(home, accepting: unsealedEnd)) != nil && !home.disk.faults.hasStopped
      for survival in [MemoryFileSystem.Survival.synced, .all, .some(seed: UInt64(stop))] {
        let next = home.crashed(survival)
        let comment: Comment = "stopped at call \(stop), \(survival)"
        do throws(LetheError) {
          let store = try next.open()
          try store.close()
        } catch {
          #expect(error.code == .format, "\(comment): \(error)")
          _ = try Self.migrate(next, accepting: unsealedEnd)
        }
        try await Self.expectAll(next, comment)
      }
      if isThrough { break }
      stops += 1
    }
    #expect(stops > 3)
  }
}
