import LetheLog
import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// Whoever only looks at a home writes nothing, and needs no more of it than there is.
@Suite struct UndisturbedTests {
  private static func state(_ folder: String, _ files: any FileSystem) throws -> [String: FileFacts] {
    var found: [String: FileFacts] = [:]
    for file in try FolderTree.files(in: folder, files) {
      found[file.name] = try files.facts(of: "\(folder)/\(file.name)", .refused)
    }
    return found
  }

  @Test func `a status changes no file, beside a process that has the home open either`() async throws {
    let home = try TestHome()
    let files = LocalFileSystem()
    func check() throws {
      let before = try Self.state(home.home.path, files)
      let status = try Store.keyStatus(home.home, in: home.world())
      #expect(status.extent == .whole && status.shortage == nil && status.blocks != nil)
      #expect(try Store.replicaStatus(home.home, in: home.world()).isEmpty)
      #expect(try Self.state(home.home.path, files) == before)
    }
    try await home.session { (store) async throws in try await store.append(1, of: "anna") }
    try check()
    try await home.session { (store) async throws in
      try await store.append(2, of: "ben")
      _ = try store.seal()
      try check()
    }
  }

  @Test func `a log whose keys are elsewhere has a status`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in try await store.append(1, of: "anna") }
    let whole = try Store.keyStatus(home.home, in: home.world())
    let files = LocalFileSystem()
    let folder = TemporaryDirectory()
    let stick = Home(folder.path("stick"))
    try files.createDirectory(stick.log)
    for name in try files.contents(of: home.home.log) where name.hasSuffix(".segment") {
      try files.copyFile("\(home.home.log)/\(name)", to: "\(stick.log)/\(name)")
    }
    // Nothing vouches for its records yet.
    let error = #expect(throws: LetheError.self) { try Store.keyStatus(stick, in: home.world()) }
    #expect(error?.code == .damage && error?.place == "Log/checkpoint")
    try files.copyFile(home.home.checkpoint, to: stick.checkpoint)
    let before = try Self.state(stick.path, files)
    let status = try Store.keyStatus(stick, in: home.world())
    #expect(status.extent == .log && status.shortage == nil && status.blocks == nil)
    #expect(status.storeID == whole.storeID && status.vkey == whole.vkey && status.epoch == whole.epoch)
    #expect(status.cells.map(\.state) == [.away])
    #expect(try Self.state(stick.path, files) == before)
  }
}
