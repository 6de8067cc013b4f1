import Foundation
import LetheSystem
import LetheTesting
import Testing

@Suite struct FolderLockTests {
  @Test func `a second owner waits, then is refused with the first one's process id`() throws {
    let folder = TemporaryDirectory()
    let note = folder.path("lock")
    let first = try FolderLock(folder.path, note: note, waiting: .zero)
    let error = #expect(throws: LetheError.self) {
      try FolderLock(folder.path, note: note, waiting: .milliseconds(50))
    }
    #expect(error?.code == .locked)
    #expect(error?.message.contains("pid \(ProcessInfo.processInfo.processIdentifier)") == true)
    first.release()
    _ = try FolderLock(folder.path, note: note, waiting: .zero)
  }

  @Test func `removing the note does not open the lock`() throws {
    let folder = TemporaryDirectory()
    let note = folder.path("lock")
    let first = try FolderLock(folder.path, note: note, waiting: .zero)
    try LocalFileSystem().remove(note)
    let error = #expect(throws: LetheError.self) { try FolderLock(folder.path, note: note, waiting: .zero) }
    #expect(error?.code == .locked)
    withExtendedLifetime(first) {}
  }

  @Test func `an owner that is dropped gives the lock back`() throws {
    let folder = TemporaryDirectory()
    do { _ = try FolderLock(folder.path, note: folder.path("lock"), waiting: .zero) }
    _ = try FolderLock(folder.path, note: folder.path("lock"), waiting: .zero)
  }
}
