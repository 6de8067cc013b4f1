internal import CSQLite
internal import LetheSystem

/// One file that SQLite has open through an injected file system (`sqlite3_io_methods`).
///
/// Belongs to its connection's thread.
final class InjectedFile {
  private let file: any File
  private let files: any FileSystem
  private let newest: NewestFailure
  /// The folder whose names are to be made durable by the next sync; nil if that is done or not wanted.
  private var unsyncedFolder: String?

  init(_ file: any File, in files: any FileSystem, noting newest: NewestFailure, unsyncedFolder: String?) {
    self.file = file
    self.files = files
    self.newest = newest
    self.unsyncedFolder = unsyncedFolder
  }

  private func synchronize() throws(LetheError) {
    try file.synchronize()
    guard let folder = unsyncedFolder else { return }
    try files.synchronizeDirectory(folder)
    unsyncedFolder = nil
  }

  /// Does something with the file behind a pointer of SQLite's; a failure is the given kind of I/O error, or a full disk.
  private static func with(
    _ place: UnsafeMutablePointer<sqlite3_file>?, orError kind: Int32,
    _ body: (InjectedFile) throws(LetheError) -> Int32
  ) -> Int32 {
    let owner = place?.withMemoryRebound(to: lethe_sqlite_file.self, capacity: 1) { $0.pointee.owner }
    guard let owner = owner ?? nil else { return SQLITE_MISUSE }
    let file = Unmanaged<InjectedFile>.fromOpaque(owner).takeUnretainedValue()
    do throws(LetheError) { return try body(file) } catch {
      // A sync that failed is never taken for a disk that is merely full.
      guard kind != Kind.synchronize else { return SQLITE_IOERR | kind << 8 }
      return file.newest.code(error, orElse: SQLITE_IOERR | kind << 8)
    }
  }

  // The kinds of SQLITE_IOERR, whose macros Swift does not import.
  private enum Kind {
    static let read: Int32 = 1
    static let shortRead: Int32 = 2
    static let write: Int32 = 3
    static let synchronize: Int32 = 4
    static let truncate: Int32 = 6
    static let size: Int32 = 7
  }

  /// The table of calls, the same for all files.
  // Never changed after it was made, so that any thread may read it.
  nonisolated(unsafe) static let methods: UnsafePointer<sqlite3_io_methods> = {
    let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    var methods = sqlite3_io_methods()
    methods.iVersion = 1
    methods.xClose = { place in
      place?.withMemoryRebound(to: lethe_sqlite_file.self, capacity: 1) { place in
        if let owner = place.pointee.owner { Unmanaged<InjectedFile>.fromOpaque(owner).release() }
        place.pointee.owner = nil
      }
      place?.pointee.pMethods = nil
      return SQLITE_OK
    }
    methods.xRead = { (place, buffer, count, offset) in
      with(place, orError: Kind.read) { (file) throws(LetheError) in
        let bytes = UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
        var span = bytes.mutableBytes
        let got = try file.file.read(into: &span, at: Int(offset))
        guard got < bytes.count else { return SQLITE_OK }
        // SQLite reads what lies behind the end as zeros.
        for index in got..<bytes.count { bytes[index] = 0 }
        return SQLITE_IOERR | Kind.shortRead << 8
      }
    }
    methods.xWrite = { (place, buffer, count, offset) in
      with(place, orError: Kind.write) { (file) throws(LetheError) in
        try file.file.write(UnsafeRawBufferPointer(start: buffer, count: Int(count)).bytes, at: Int(offset))
        return SQLITE_OK
      }
    }
    methods.xTruncate = { (place, size) in
      with(place, orError: Kind.truncate) { (file) throws(LetheError) in
        try file.file.truncate(to: Int(size))
        return SQLITE_OK
      }
    }
    methods.xSync = { (place, _) in
      with(place, orError: Kind.synchronize) { (file) throws(LetheError) in
        try file.synchronize()
        return SQLITE_OK
      }
    }
    methods.xFileSize = { (place, size) in
      with(place, orError: Kind.size) { (file) throws(LetheError) in
        size?.pointee = sqlite3_int64(try file.file.size())
        return SQLITE_OK
      }
    }
    methods.xLock = { (_, _) in SQLITE_OK }
    methods.xUnlock = { (_, _) in SQLITE_OK }
    methods.xCheckReservedLock = { (_, isHeld) in
      isHeld?.pointee = 0
      return SQLITE_OK
    }
    methods.xFileControl = { (_, question, argument) in
      // The part that is mapped into memory, which `PRAGMA mmap_size` reads back: none.
      guard question == SQLITE_FCNTL_MMAP_SIZE else { return SQLITE_NOTFOUND }
      argument?.storeBytes(of: 0, as: sqlite3_int64.self)
      return SQLITE_OK
    }
    methods.xSectorSize = { _ in 4096 }
    methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
    table.initialize(to: methods)
    return UnsafePointer(table)
  }()
}
