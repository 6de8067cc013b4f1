import LetheStore
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

@Suite struct BenchFolderTests {
  @Test func `what a killed measurement left is removed, and what a living one has is not`() throws {
    let folder = TemporaryDirectory()
    let files = LocalFileSystem()
    for name in [".lethe-bench-dead", ".lethe-bench-live", "other"] {
      try files.createDirectory(folder.path("\(name)/home/Log"))
      try files.replace(folder.path("\(name)/home/Log/leaves"), with: [1, 2, 3])
    }
    let live = folder.path(".lethe-bench-live")
    let lock = try FolderLock(live, note: live + "/pid", waiting: .zero)
    try BenchFolder.removeAbandoned(in: folder.path)
    #expect(try files.contents(of: folder.path) == [".lethe-bench-live", "other"])
    #expect(files.exists(live + "/home/Log/leaves"))
    lock.release()
    try BenchFolder.removeAbandoned(in: folder.path)
    #expect(try files.contents(of: folder.path) == ["other"])
  }

  @Test func `bytes of a log count up to the last that is written`() throws {
    let home = Home(TemporaryDirectory().path)
    let files = LocalFileSystem()
    try files.createDirectory(home.log)
    try files.replace(home.log + "/one", with: [0, 7, 0, 0])
    try files.replace(home.log + "/none", with: [UInt8](repeating: 0, count: 10))
    let long = [UInt8](repeating: 0, count: 3 << 20)
    try files.replace(home.log + "/long", with: [1] + long)
    #expect(try LogBytes.used(in: home) == 2 + 0 + 1)
  }
}
