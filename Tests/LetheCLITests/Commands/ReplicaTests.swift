import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

@Suite struct ReplicaCommandTests {
  @Test func `a forget that waits for a replica exits 2, names it by number, and is finished when asked again`()
    async throws
  {
    let clinic = try await Clinic.made()
    let files = LocalFileSystem()
    let folders = [clinic.folder.path("one"), clinic.folder.path("two")]
    for folder in folders { #expect(await clinic.run("replica", "add", folder).code == .success) }
    _ = await clinic.run("append", "patient-1", input: event("1", subject: "P-1"))
    try files.rename(folders[1], to: folders[1] + ".away")
    try files.replace(folders[1], with: [1])

    let forget = ["forget", "now", "P-1", "--ground", "17-1-b", "--by", "a", "--approver", "b", "--json"]
    for _ in 0..<2 {
      let waiting = await clinic.run(forget)
      #expect(waiting.code == .couldNotRun)
      #expect(waiting.out.contains("the forget has begun and cannot be taken back"))
      #expect(try waiting.json()["error"]?["code"]?.isEquivalent(to: .string("io")) == true)
      #expect(waiting.out.contains("replica 2 cannot be reached") && !waiting.errors.contains("P-1"))
    }
    let shown = await clinic.run("subject", "show", "P-1")
    #expect(shown.out.hasPrefix("restricted") && shown.errors.contains("1 forget not finished: replica 2"))
    #expect(await clinic.run("key", "status").out.contains("1 forget begun and not finished."))

    try files.remove(folders[1])
    try files.rename(folders[1] + ".away", to: folders[1])
    let done = await clinic.run("subject", "show", "P-1")
    #expect(done.out.hasPrefix("shredded") && done.errors.hasPrefix("lethe: the forget of case "))
    #expect(await clinic.run("audit", "verify").code == .success)
  }

  @Test func `a replica may be named from the working folder, and is kept by its whole path`() throws {
    let folder = TemporaryDirectory()
    try LocalFileSystem().createDirectory(folder.path("a/b"))
    let whole = try FolderTree.wholePath(folder.path)
    #expect(try FolderTree.wholePath(folder.path("a/b/../c/d/")) == whole + "/a/c/d")
    #expect(try FolderTree.wholePath("x-that-is-not-there").hasPrefix("/"))
    #expect(throws: LetheError(.input, "")) { try FolderTree.wholePath("") }
  }
}
