import LetheLog
import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// One log and one root cell serve one home at a time, whatever copies there are of its keys.
@Suite struct HomeLockTests {
  /// A home with copies of another one's keys, whose `Log/` is the other one's.
  private static func twin(of home: TestHome, in folder: TemporaryDirectory) throws -> Home {
    let twin = Home(folder.path("twin"))
    let files = LocalFileSystem()
    for path in [twin.keys, twin.policies] { try files.createDirectory(path) }
    for name in try files.contents(of: home.home.keys) where name != "lock" {
      try files.copyFile("\(home.home.keys)/\(name)", to: "\(twin.keys)/\(name)")
    }
    return twin
  }

  @Test func `two copies of the keys do not open one log at once`() async throws {
    let home = try TestHome()
    let folder = TemporaryDirectory()
    let twin = try Self.twin(of: home, in: folder)
    try LocalPlanting.plant(.link(to: home.home.log), at: twin.log)
    try await home.session { (store) async throws in
      let error = #expect(throws: LetheError(.locked, "")) {
        try Store.open(twin, waiting: .zero, in: home.world())
      }
      #expect(error?.message.contains("Log/") == true)
      try await store.append(1, of: "anna")
    }
    let store = try Store.open(twin, waiting: .zero, in: home.world())
    #expect(throws: LetheError(.locked, "")) { try home.open(waiting: .zero) }
    try store.close()
    try home.open().close()
  }

  @Test func `two logs of hard links do not take records into one segment at once`() async throws {
    let home = try TestHome()
    let folder = TemporaryDirectory()
    let twin = try Self.twin(of: home, in: folder)
    try LocalFileSystem().createDirectory(twin.log)
    let segment = LogLayout.segment(0)
    try LocalPlanting.plant(.name(of: "\(home.home.log)/\(segment)"), at: "\(twin.log)/\(segment)")
    try await home.session { (store) async throws in
      #expect(throws: LetheError(.locked, "")) { try Store.open(twin, waiting: .zero, in: home.world()) }
      try await store.append(1, of: "anna")
    }
  }

  @Test func `a cell elsewhere serves one of two homes at a time`() async throws {
    let home = try TestHome()
    let folder = TemporaryDirectory()
    try await home.session { (store) async throws in
      try store.changeCells(.replace(number: 1, path: folder.path("cell"), sealed: nil))
    }
    let twin = try Self.twin(of: home, in: folder)
    try LocalFileSystem().createDirectory(twin.log)
    for name in try LocalFileSystem().contents(of: home.home.log) where name.hasSuffix("segment") {
      try LocalFileSystem().copyFile("\(home.home.log)/\(name)", to: "\(twin.log)/\(name)")
    }
    try await home.session { (store) async throws in
      #expect(throws: LetheError(.locked, "")) { try Store.open(twin, waiting: .zero, in: home.world()) }
      try await store.append(1, of: "anna")
    }
  }

  @Test func `a log is locked while its segments follow one another, and given back with the store`() async throws {
    let home = try MemoryHome(logOptions: MemoryHome.smallSegments)
    let store = try home.open()
    for number in 0..<40 { try await store.append(number, of: "anna") }
    let names = try home.disk.contents(of: MemoryHome.home.log).filter { LogLayout.isSegment($0) }
    #expect(names.count > 2)
    let last = try home.disk.open("\(MemoryHome.home.log)/\(try #require(names.last))", .read)
    #expect(throws: LetheError(.locked, "")) { try last.lock(waiting: .zero) }
    let former = try home.disk.open("\(MemoryHome.home.log)/\(names[0])", .read)
    try former.lock(waiting: .zero)
    try store.close()
    try last.lock(waiting: .zero)
  }
}

extension TestHome {
  fileprivate func open(waiting patience: Duration) throws -> Store {
    try Store.open(home, waiting: patience, in: world())
  }
}
