/// The files that a home lives in, injected so that a test can stop the world at any call.
///
/// Paths are absolute or relative to the working directory, with `/`. All calls block; keep them off the cooperative
/// pool. Implementations: `LocalFileSystem` here, `MemoryFileSystem` among the tests. On a `LocalFileSystem` SQLite does
/// its own I/O, so that several processes can have one database open; on any other it goes through this protocol.
public protocol FileSystem: Sendable {
  /// Opens or creates a file, and checks what was opened. Never waits, whatever lies there. A file that is made is not made
  /// behind a link, and belongs to the owner of its folder, or of the folder that its class names.
  ///
  /// - Throws: `io` naming the path's last component; nothing is left behind.
  func open(_ path: String, _ mode: OpenMode, as fileClass: FileClass) throws(LetheError) -> any File

  /// Returns a file's metadata without opening it. Nil if there is no file, or if a followed link leads to nothing.
  func facts(of path: String, _ links: FileFacts.Links) throws(LetheError) -> FileFacts?

  /// Sets a file's or a folder's modification time to `FileTime.coarse`.
  ///
  /// - Returns: the time that was set. Never ask the file for it: what is written meanwhile gives it another.
  /// - Throws: `io`, also where only the owner may do that.
  @discardableResult
  func coarsenTime(of path: String, after previous: FileTime?) throws(LetheError) -> FileTime

  /// Gives a file or a folder that was just made to the owner of a folder, where the system lets us.
  func hand(_ path: String, toOwnerOf folder: String) throws(LetheError)

  /// Takes the right to write in a folder from all but its owner.
  func closeToOthers(_ folder: String) throws(LetheError)

  /// Who we are to the file system; 0 may do everything.
  var user: UInt32 { get }

  /// Whether something lies at the path. A path that cannot be asked counts as absent.
  func exists(_ path: String) -> Bool

  /// Creates a directory, and those above it that are missing, for the owner alone (0700), who is the owner of the one
  /// above. Durable at return.
  ///
  /// - Throws: `io` if a file is in the way; a directory that is there is no error.
  func createDirectory(_ path: String) throws(LetheError)

  /// The names in a directory, sorted bytewise, without `.` and `..`.
  func contents(of directory: String) throws(LetheError) -> [String]

  /// Moves a file over another in one step (`rename(2)`). Durable after `synchronizeDirectory`.
  func rename(_ path: String, to target: String) throws(LetheError)

  /// Removes a file. A file that is not there is no error.
  func remove(_ path: String) throws(LetheError)

  /// Makes the names in a directory durable (`fsync(2)` of the directory).
  func synchronizeDirectory(_ path: String) throws(LetheError)

  /// Makes all that was written in a directory and below durable, and whatever else waits for its disk (`syncfs(2)`).
  func synchronizeAll(in directory: String) throws(LetheError)

  /// Takes the right to write a file from everybody, its owner too, against accidents. Where the system does not let us, as
  /// with a file of somebody else, it stays as it is.
  func protect(_ path: String) throws(LetheError)

  /// What lies at a path; a link is not followed.
  func entry(at path: String) throws(LetheError) -> FileEntry

  /// Removes an empty directory. One that is not there is no error.
  func removeDirectory(_ path: String) throws(LetheError)

  /// Begins to watch a folder for changes.
  ///
  /// - Throws: `io` if it is no folder or cannot be watched.
  func watch(_ folder: String) throws(LetheError) -> any FolderWatch

  /// Takes a folder for one owner alone, waiting for at most the time given, `.untilReleased` however long it takes.
  ///
  /// - Parameter note: the file that tells who has the folder; nil if none does.
  /// - Throws: `locked` with the owner's process id; `io`, also where the file system keeps no locks.
  func lock(_ folder: String, note: String?, waiting patience: Duration) throws(LetheError) -> FolderLock
}

/// What lies at a path.
public enum FileEntry: Sendable, Equatable {
  case absent
  case file(byteCount: Int)
  case directory
  /// A link, a device, a pipe, …
  case other
}

/// How a file is opened.
public enum OpenMode: Sendable, Equatable {
  /// Must exist; never written.
  case read
  /// Must exist.
  case update
  /// Created with mode 0600 if it is not there.
  case create
  /// Must not exist yet; created with mode 0600.
  case createNew
  /// Must exist; read and written past every cache where the file system allows it (`O_DIRECT|O_DSYNC`), else with
  /// `O_DSYNC` alone. Offsets, counts and buffers are multiples of 4,096.
  case direct
  /// Must exist; read past every cache as in `direct`, never written.
  case directRead
}

/// One open file; closed when the last reference goes.
public protocol File: AnyObject, Sendable {
  /// Fills the buffer from the offset, in bytes; returns the count, less than asked only at the end of the file.
  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int

  /// Writes all bytes at the offset. Durable only after `synchronize` (or at once, if opened `.direct`).
  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError)

  /// The length in bytes.
  func size() throws(LetheError) -> Int

  /// Cuts or extends (with zeros) to the length in bytes.
  func truncate(to size: Int) throws(LetheError)

  /// Has the medium begin to take what was written (`sync_file_range(2)`), so that the wait in `synchronize` is shorter.
  /// Nothing is durable by it, and a failure is told by `synchronize`.
  func beginWriting(_ range: Range<Int>)

  /// Makes content and length durable (`fdatasync(2)`). After a failure the file must not be written again.
  func synchronize() throws(LetheError)

  /// Has later reads come from the medium (`posix_fadvise(2)`); the first part may be read from it at once. Best effort: a
  /// file system without a cache is no error, and what is not yet durable stays readable.
  func dropCache() throws(LetheError)

  /// Whether caches were really passed by; false where `.direct` fell back to `O_DSYNC`.
  var isDirect: Bool { get }

  /// What is said of the file that is open, whatever lies at its path by now.
  func facts() throws(LetheError) -> FileFacts

  /// Sets the modification time to `FileTime.coarse`, and returns what was set.
  @discardableResult
  func coarsenTime(after previous: FileTime?) throws(LetheError) -> FileTime

  /// Keeps others from locking the file until it is closed or unlocked (`flock(2)`), waiting for at most the time given.
  ///
  /// - Throws: `locked`; `io`, also where the file system keeps no locks.
  func lock(waiting patience: Duration) throws(LetheError)

  func unlock()
}

extension File {
  /// Nothing, where there is no medium that could.
  public func beginWriting(_ range: Range<Int>) {}

  /// Reads up to `count` bytes from the offset; fewer only at the end of the file.
  public func read(count: Int, at offset: Int) throws(LetheError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var elements = bytes.mutableSpan
    var span = elements.mutableBytes
    let got = try read(into: &span, at: offset)
    bytes.removeLast(count - got)
    return bytes
  }
}

extension FileSystem {
  /// Opens or creates a file of any size, following links.
  public func open(_ path: String, _ mode: OpenMode) throws(LetheError) -> any File {
    try open(path, mode, as: .plain)
  }

  /// The whole content of a file that is expected to be small.
  public func contents(ofFile path: String, as fileClass: FileClass = .plain) throws(LetheError) -> [UInt8] {
    let file = try open(path, .read, as: fileClass)
    return try file.read(count: file.size(), at: 0)
  }

  /// The whole content of a small file; nil if nothing lies there.
  ///
  /// - Throws: `io`, also for a link to nothing.
  package func contents(
    ofFileIfThere path: String, as fileClass: FileClass
  ) throws(LetheError) -> [UInt8]? {
    guard try facts(of: path, .refused) != nil else { return nil }
    return try contents(ofFile: path, as: fileClass)
  }

  /// Copies a file that nobody writes meanwhile to a path where nothing is; durable, but for its name, at return.
  package func copyFile(_ path: String, to target: String, as fileClass: FileClass = .plain) throws(LetheError) {
    try copy(open(path, .read, as: fileClass), to: target)
  }

  /// The same of a file that is open.
  package func copy(_ source: any File, to target: String) throws(LetheError) {
    let copy = try open(target, .createNew)
    var offset = 0
    while true {
      let bytes = try source.read(count: 1 << 20, at: offset)
      guard !bytes.isEmpty else { break }
      try copy.write(bytes.span.bytes, at: offset)
      offset += bytes.count
    }
    copy.tryToCoarsenTime(after: nil)
    try copy.synchronize()
  }

  /// Replaces a file's content so that at every moment, and after every crash, the old or the new content is there
  /// whole. Durable at return.
  ///
  /// - Parameter former: a file that is replaced later by this one, so that this one's time is to differ from its.
  public func replace(_ path: String, with bytes: [UInt8], before former: String? = nil) throws(LetheError) {
    let temporary = path + ".new"
    try remove(temporary)
    let previous = try facts(of: former ?? path, .followed)?.modified
    let file = try open(temporary, .createNew)
    try file.write(bytes.span.bytes, at: 0)
    file.tryToCoarsenTime(after: previous)
    try file.synchronize()
    try rename(temporary, to: path)
    try synchronizeDirectory(path.parentPath)
  }

  /// Puts a file in the place of another in one step, with a later time, so that tools that compare size and time see the
  /// change. Durable after `synchronizeDirectory`.
  package func supplant(_ path: String, by newer: String) throws(LetheError) {
    let previous = try facts(of: path, .followed)?.modified
    try rename(newer, to: path)
    tryToCoarsenTime(of: path, after: previous)
  }

  /// Coarsens a time where the system lets us: a file that tells when it was written is no reason to stop.
  package func tryToCoarsenTime(of path: String, after previous: FileTime?) {
    do throws(LetheError) { try coarsenTime(of: path, after: previous) } catch {}
  }
}

extension File {
  /// Coarsens the time where the system lets us: a file that tells when it was written is no reason to stop.
  package func tryToCoarsenTime(after previous: FileTime?) {
    do throws(LetheError) { try coarsenTime(after: previous) } catch {}
  }
}

extension String {
  /// The path up to its last `/`, or `.`.
  public var parentPath: String {
    guard let slash = lastIndex(of: "/") else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }

  /// The path after its last `/`.
  public var lastPathComponent: String {
    guard let slash = lastIndex(of: "/") else { return self }
    return String(self[index(after: slash)...])
  }
}
