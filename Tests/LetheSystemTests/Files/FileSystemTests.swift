import Glibc
import LetheSystem
import LetheTesting
import Testing

@Suite struct FileSystemTests {
  @Test(arguments: FileSystemConformance.cases)
  func `the machine's own files`(conform: FileSystemConformance.Case) throws {
    let directory = TemporaryDirectory()
    try conform.check(.init(LocalFileSystem(), directory: directory.path, planting: LocalPlanting.plant))
  }

  @Test(arguments: FileSystemConformance.cases)
  func `files in memory`(conform: FileSystemConformance.Case) throws {
    let files = MemoryFileSystem()
    try files.createDirectory("/home/of/tests")
    try conform.check(
      .init(files, directory: "/home/of/tests") { planted, path in files.plant(planted, at: path) })
  }

  @Test(arguments: FileSystemConformance.cases)
  func `files that could go wrong but do not`(conform: FileSystemConformance.Case) throws {
    let directory = TemporaryDirectory()
    try conform.check(
      .init(
        FaultingFileSystem(LocalFileSystem()), directory: directory.path, planting: LocalPlanting.plant))
  }

  @Test(arguments: FileSystemConformance.casesOfContent)
  func `files of an overlay`(conform: FileSystemConformance.Case) throws {
    let directory = TemporaryDirectory()
    try conform.check(
      .init(OverlayFiles(LocalFileSystem()), directory: directory.path, planting: LocalPlanting.plant))
    // The lock of a folder is one for all who use it, however they look at it.
    #expect(try LocalFileSystem().contents(of: directory.path).filter { $0 != "note" }.isEmpty)
  }

  @Test func `a folder within a folder of an overlay is there, and has the owner of the place`() throws {
    let directory = TemporaryDirectory()
    let files = OverlayFiles(LocalFileSystem())
    try files.createDirectory(directory.path("a/b/c"))
    let outside = try #require(try files.facts(of: directory.path, .followed))
    for path in ["a", "a/b", "a/b/c"] {
      let facts = try #require(try files.facts(of: directory.path(path), .followed))
      #expect(facts.kind == .directory && facts.owner == outside.owner)
    }
  }

  @Test func `a file and a directory belong to the owner alone`() throws {
    let directory = TemporaryDirectory()
    let files = LocalFileSystem()
    try files.createDirectory(directory.path("d/e"))
    _ = try files.open(directory.path("d/a"), .create)
    _ = try files.open(directory.path("d/b"), .createNew)
    #expect(["d", "d/e"].map { permissions(of: directory.path($0)) } == [0o700, 0o700])
    #expect(["d/a", "d/b"].map { permissions(of: directory.path($0)) } == [0o600, 0o600])
  }

  /// Only root gives files away.
  @Test(.enabled(if: geteuid() == 0), arguments: [OpenMode.create, .createNew])
  func `a new file that cannot be given to its owner is not left behind`(mode: OpenMode) throws {
    let directory = TemporaryDirectory()
    let files = LocalFileSystem()
    let owned = FileClass.secret("a secret", ownedLike: directory.path("none"))
    #expect(throws: LetheError(.io, "")) { try files.open(directory.path("a"), mode, as: owned) }
    #expect(!files.exists(directory.path("a")))
    // One that was there stays, whatever becomes of it.
    try files.replace(directory.path("a"), with: [1])
    #expect(throws: LetheError(.io, "")) { try files.open(directory.path("a"), mode, as: owned) }
    #expect(try files.contents(ofFile: directory.path("a")) == [1])
  }

  @Test func `a folder whose name leads to nothing is refused for what lies there`() throws {
    let directory = TemporaryDirectory()
    symlink(directory.path("none"), directory.path("a"))
    let error = #expect(throws: LetheError(.io, "")) { try LocalFileSystem().createDirectory(directory.path("a")) }
    #expect(error?.cause?.number == EEXIST)
  }

  @Test func `a protected file is its owner's to read alone`() throws {
    let directory = TemporaryDirectory()
    let files = LocalFileSystem()
    try files.open(directory.path("a"), .create).write([1], at: 0)
    try files.protect(directory.path("a"))
    #expect(permissions(of: directory.path("a")) == 0o400)
    #expect(try files.contents(ofFile: directory.path("a")) == [1])
    try files.remove(directory.path("a"))
  }

  @Test(arguments: [
    ("/a/b", "/a", "b"), ("a/b", "a", "b"), ("a", ".", "a"), ("/a", "/", "a"), ("/", "/", ""), ("a/", "a", ""),
    ("", ".", ""), ("/a/b/c.d", "/a/b", "c.d"), ("é/ü", "é", "ü"),
  ])
  func `a path has a parent and a last component`(path: String, parent: String, last: String) {
    #expect(path.parentPath == parent)
    #expect(path.lastPathComponent == last)
  }
}
