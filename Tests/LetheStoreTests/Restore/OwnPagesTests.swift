import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// A home that lost its log and has its keys goes on from an older backup with its own pages.
@Suite struct OwnPagesTests {
  /// A home whose backup is older than its last epoch, and whose log is lost.
  private static func withLostLog() async throws -> (ReplicaHome, backup: String) {
    let home = try await ReplicaHome(replicas: 0)
    let backup = home.path("backup")
    try await home.home.session { (store) async throws in _ = try store.backUp(to: backup) }
    try await home.home.session { (store) async throws in try forget("anna", in: store) }
    try FolderTree.remove(home.paths.log)
    return (home, backup)
  }

  @Test func `the home's own pages count where the copy's do not fit the root`() async throws {
    let (home, backup) = try await Self.withLostLog()
    let refused = #expect(throws: LetheError(.rolledBack, "")) { try home.restore(from: backup) }
    #expect(refused?.message.hasPrefix("the copy's log") == true)
    let summary = try Store.restore(
      home.paths, from: backup, shorterLog: .accept, waiting: .zero, in: home.home.world())
    #expect(summary.pageSource == .kept && summary.pages == 0 && summary.log == .copied)
    #expect(summary.newOrigin?.epochs == 2..<3 && summary.newOrigin?.recoveredCases.count == 1)
    try await home.home.session { (store) async throws in
      #expect(try store.status(ofSubject: "anna").state == .shredded)
      try await store.append(50, of: "bert")
    }
  }

  @Test func `where neither fits, the sentence speaks of the copy's pages`() async throws {
    let (home, backup) = try await Self.withLostLog()
    try home.losePages()
    let error = #expect(throws: LetheError(.rolledBack, "")) {
      try Store.restore(home.paths, from: backup, shorterLog: .accept, waiting: .zero, in: home.home.world())
    }
    #expect(error?.message.hasPrefix("the copy's pages are older (epoch 1) than the root cell (epoch 2)") == true)
    #expect(!home.files.exists(home.paths.vault))
  }

  @Test func `a log alone serves as a copy where the home has its pages`() async throws {
    let (home, backup) = try await Self.withLostLog()
    try FolderTree.remove(backup + "/Keys")
    let summary = try Store.restore(
      home.paths, from: backup, shorterLog: .accept, waiting: .zero, in: home.home.world())
    #expect(summary.pageSource == .kept)
  }
}
