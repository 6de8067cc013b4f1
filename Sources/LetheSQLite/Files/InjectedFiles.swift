internal import CSQLite
internal import Glibc
internal import LetheSystem
internal import Synchronization

/// Has one SQLite connection do its I/O through a `FileSystem` (`sqlite3_vfs`).
///
/// There is no shared memory and no locking: one connection at a time has a file, which the owner of the file system sees
/// to. A write-ahead log therefore needs `locking_mode = EXCLUSIVE`, where its index lies in the connection's memory. Like
/// SQLite's own VFS for Unix it makes the name of a journal durable with the journal's first sync, takes an empty file for
/// none, and promises that a write that is torn leaves the bytes around it alone.
final class InjectedFiles {
  /// What the connection is opened with.
  let name: String
  private let vfs: UnsafeMutablePointer<sqlite3_vfs>
  private let nameBytes: UnsafeMutablePointer<CChar>
  let files: any FileSystem
  let newest = NewestFailure()

  private static let longestPath = 4096
  private static let count = Atomic(0)

  init(_ files: any FileSystem) throws(LetheError) {
    self.files = files
    name = "lethe-\(Self.count.add(1, ordering: .relaxed).newValue)"
    let characters = name.utf8CString
    nameBytes = .allocate(capacity: characters.count)
    nameBytes.initialize(from: Array(characters), count: characters.count)
    vfs = .allocate(capacity: 1)
    vfs.initialize(to: sqlite3_vfs())
    vfs.pointee.iVersion = 1
    vfs.pointee.szOsFile = Int32(MemoryLayout<lethe_sqlite_file>.size)
    vfs.pointee.mxPathname = Int32(Self.longestPath)
    vfs.pointee.zName = UnsafePointer(nameBytes)
    vfs.pointee.pAppData = Unmanaged.passUnretained(self).toOpaque()
    vfs.pointee.xOpen = openFile
    vfs.pointee.xDelete = deleteFile
    vfs.pointee.xAccess = accessFile
    vfs.pointee.xFullPathname = copyPath
    vfs.pointee.xRandomness = { (_, count, bytes) in
      guard let system = sqlite3_vfs_find(nil) else { return 0 }
      return system.pointee.xRandomness(system, count, bytes)
    }
    vfs.pointee.xSleep = { (_, microseconds) in
      guard let system = sqlite3_vfs_find(nil) else { return 0 }
      return system.pointee.xSleep(system, microseconds)
    }
    vfs.pointee.xCurrentTime = { (_, day) in
      guard let system = sqlite3_vfs_find(nil) else { return SQLITE_ERROR }
      return system.pointee.xCurrentTime(system, day)
    }
    vfs.pointee.xGetLastError = { (vfs, _, _) in vfs.injected?.newest.systemNumber ?? 0 }
    let status = sqlite3_vfs_register(vfs, 0)
    guard status == SQLITE_OK else {
      throw .sqlite("sqlite3_vfs_register", status, handle: nil, file: DatabaseFile(path: name, remedy: ""), .running)
    }
  }

  deinit {
    sqlite3_vfs_unregister(vfs)
    vfs.deinitialize(count: 1)
    vfs.deallocate()
    nameBytes.deallocate()
  }
}

extension UnsafeMutablePointer<sqlite3_vfs>? {
  /// What is behind a call, which lives as long as its connection.
  fileprivate var injected: InjectedFiles? {
    guard let data = self?.pointee.pAppData else { return nil }
    return Unmanaged<InjectedFiles>.fromOpaque(data).takeUnretainedValue()
  }
}

/// Remembers why the newest call failed, for SQLite's `xGetLastError`. Belongs to its connection's thread.
final class NewestFailure {
  private(set) var systemNumber: Int32 = 0

  /// Remembers a failure and returns SQLite's code for it, or `code` where SQLite has none.
  func code(_ error: LetheError, orElse code: Int32) -> Int32 {
    systemNumber = error.cause?.number ?? 0
    return switch systemNumber {
    case ENOSPC, EDQUOT: SQLITE_FULL
    case EROFS: SQLITE_READONLY
    default: code
    }
  }
}

private func openFile(
  _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?,
  _ place: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
) -> Int32 {
  guard let injected = vfs.injected, let place else { return SQLITE_MISUSE }
  place.pointee.pMethods = nil
  // Without a name it would be a temporary file, which no connection of ours uses: they keep such things in memory.
  guard let name else { return SQLITE_CANTOPEN }
  let path = String(cString: name)
  let mode: OpenMode =
    if flags & SQLITE_OPEN_READONLY != 0 {
      .read
    } else if flags & SQLITE_OPEN_EXCLUSIVE != 0 {
      .createNew
    } else { flags & SQLITE_OPEN_CREATE != 0 ? .create : .update }
  let isJournal = flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL) != 0
  do throws(LetheError) {
    let file = InjectedFile(
      try injected.files.open(path, mode), in: injected.files, noting: injected.newest,
      unsyncedFolder: isJournal && flags & SQLITE_OPEN_CREATE != 0 ? path.parentPath : nil)
    place.withMemoryRebound(to: lethe_sqlite_file.self, capacity: 1) {
      $0.pointee.owner = Unmanaged.passRetained(file).toOpaque()
    }
    place.pointee.pMethods = InjectedFile.methods
    outFlags?.pointee = flags
    return SQLITE_OK
  } catch { return injected.newest.code(error, orElse: SQLITE_CANTOPEN) }
}

private func deleteFile(
  _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _ syncsFolder: Int32
) -> Int32 {
  guard let injected = vfs.injected, let name else { return SQLITE_MISUSE }
  let path = String(cString: name)
  do throws(LetheError) { try injected.files.remove(path) } catch {
    return injected.newest.code(error, orElse: SQLITE_IOERR | 10 << 8)
  }
  guard syncsFolder != 0 else { return SQLITE_OK }
  do throws(LetheError) { try injected.files.synchronizeDirectory(path.parentPath) } catch {
    return SQLITE_IOERR | 5 << 8
  }
  return SQLITE_OK
}

private func accessFile(
  _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _ question: Int32,
  _ answer: UnsafeMutablePointer<Int32>?
) -> Int32 {
  guard let injected = vfs.injected, let name, let answer else { return SQLITE_MISUSE }
  do throws(LetheError) {
    switch try injected.files.entry(at: String(cString: name)) {
    case .absent: answer.pointee = 0
    case .file(let byteCount): answer.pointee = question != SQLITE_ACCESS_EXISTS || byteCount > 0 ? 1 : 0
    case .directory, .other: answer.pointee = 1
    }
    return SQLITE_OK
  } catch { return SQLITE_IOERR | 13 << 8 }
}

/// Paths are used as they are given.
private func copyPath(
  _: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _ capacity: Int32,
  _ target: UnsafeMutablePointer<CChar>?
) -> Int32 {
  guard let name, let target else { return SQLITE_MISUSE }
  let bytes = String(cString: name).utf8CString
  guard bytes.count <= Int(capacity) else { return SQLITE_CANTOPEN }
  for (index, byte) in bytes.enumerated() { target[index] = byte }
  return SQLITE_OK
}
