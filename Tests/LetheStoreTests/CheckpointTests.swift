import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import Testing

@Suite struct CheckpointTests {
  @Test func `a checkpoint is signed while appends come in, at most once a second`() async throws {
    let home = try TestHome()
    let files = LocalFileSystem()
    func signed() throws -> [UInt8] { try files.contents(ofFile: home.home.checkpoint) }
    try await home.crashedSession { (store) async throws in
      let before = try signed()
      try await store.append(1, of: "anna")
      #expect(try signed() == before)
      home.clock.advance(by: .seconds(2))
      try await store.append(2, of: "anna")
      let after = try signed()
      #expect(after != before)
      #expect(String(decoding: after, as: UTF8.self).contains("\n\(store.count)\n"))
      try await store.append(3, of: "anna")
      #expect(try signed() == after)
    }
    try await home.session { (store) async throws in #expect(try store.items().count == 3) }
  }

  @Test func `a log that a published checkpoint covers cannot be shortened, even if all else that tells is gone`()
    async throws
  {
    let home = try TestHome()
    try await home.session { (store) async throws in
      for number in 0..<4 { try await store.append(number, of: "anna") }
    }
    let files = LocalFileSystem()
    let segment = home.home.log + "/" + LogLayout.segment(0)
    let file = try files.open(segment, .update)
    try file.truncate(to: try files.contentEnd(ofFile: segment) - 700)
    try files.remove(home.home.trustedCheckpoint)
    let error = #expect(throws: LetheError.self) { try home.open() }
    // Half a record is left of what was signed, and nothing was cut off.
    #expect(error?.code == .rolledBack)
  }
}
