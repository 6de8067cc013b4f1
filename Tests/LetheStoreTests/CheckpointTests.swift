import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct CheckpointTests {
  @Test func `a checkpoint is signed while appends come in, at most once a second`() async throws {
    let home = try TestHome()
    try await home.crashedSession { (store) async throws in
      let before = try home.signedSize()
      try await store.append(1, of: "anna")
      #expect(try home.signedSize() == before)
      home.clock.advance(by: .seconds(2))
      try await store.append(2, of: "anna")
      try await home.waitForSignature(of: store)
      let after = try home.signedSize()
      try await store.append(3, of: "anna")
      #expect(try home.signedSize() == after)
    }
    try await home.session { (store) async throws in #expect(try store.items().count == 3) }
  }

  @Test func `what forgets wrote is signed when nothing comes any more`() async throws {
    let home = try TestHome()
    let store = try Store.open(home.home, in: World())
    for (number, subject) in ["anna", "ben", "cleo"].enumerated() { try await store.append(number, of: subject) }
    for subject in ["anna", "ben"] { _ = try forget(subject, in: store) }
    try await home.waitForSignature(of: store)
    try store.close()
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

extension TestHome {
  /// How many records the published checkpoint covers, in its own words.
  fileprivate func signedSize() throws -> Substring? {
    String(decoding: try LocalFileSystem().contents(ofFile: home.checkpoint), as: UTF8.self)
      .split(separator: "\n").dropFirst().first
  }

  /// Ends when a checkpoint of all that the store has is published; else the suite's time limit ends the test.
  fileprivate func waitForSignature(of store: Store) async throws {
    while try signedSize() != "\(store.count)" { try await Task.sleep(for: .milliseconds(5)) }
  }
}
