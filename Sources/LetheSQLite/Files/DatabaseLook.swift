internal import Glibc
package import LetheSystem

/// A look at a database file that leaves no trace: it takes no lock, makes no file beside it and writes nothing, so that it
/// works on a full or read-only disk and while another process holds the file in whatever way.
///
/// Sees what is committed in the write-ahead log. Writers are not kept out, so use what was read only if `isUnchanged` holds
/// afterwards. Closing a look drops the POSIX locks of other connections of this process on the same file: `read` prevents
/// that, and the caller of `init` must.
package final class DatabaseLook {
  package let database: Database
  private let path: String
  private let files: any FileSystem
  /// Whether this process has the file open, so that SQLite itself must read it.
  private let isHeld: Bool
  private let first: FileState

  /// - Throws: `io`; damage shows at the first statement.
  package convenience init(path: String, ifDamaged remedy: String, in files: any FileSystem) throws(LetheError) {
    try self.init(path: path, isHeld: false, ifDamaged: remedy, in: files)
  }

  private init(path: String, isHeld: Bool, ifDamaged remedy: String, in files: any FileSystem) throws(LetheError) {
    self.path = path
    self.files = files
    self.isHeld = isHeld
    first = try FileState(of: path, isHeld: isHeld, in: files)
    database = try Database(
      path: path, mode: .readOnly, ifDamaged: remedy, in: isHeld ? files : ReadOnlyFiles(files))
  }

  /// Reads a file, and reads it again if somebody wrote to it meanwhile.
  ///
  /// - Throws: what `body` throws, unless it read what does not belong together; `io` if the file changes all the time.
  package static func read<Outcome>(
    _ path: String, ifDamaged remedy: String, in files: any FileSystem,
    _ body: (Database) throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    for attempt in 1...attempts {
      let outcome = try OpenDatabaseFiles.look(at: path, in: files) { (sight) throws(LetheError) -> Outcome? in
        let look = try DatabaseLook(path: path, isHeld: sight == .held, ifDamaged: remedy, in: files)
        // Half of a commit may be in the file. A journal that stays was left by a crash, and SQLite says so.
        if look.first.hasJournal, attempt < attempts { return nil }
        do throws(LetheError) {
          let outcome = try body(look.database)
          return look.isUnchanged ? outcome : nil
        } catch {
          guard look.isUnchanged else { return nil }
          throw error
        }
      }
      if let outcome { return outcome }
      if attempt < attempts { usleep(pauseMicroseconds) }
    }
    throw LetheError(
      .io, "\(path.lastPathComponent): it is being written all the time; try again", place: path.lastPathComponent)
  }

  /// How often a file that changes is read again.
  private static let attempts = 100
  private static let pauseMicroseconds: UInt32 = 10_000

  /// Whether nobody has written since the look began, so that all that was read belongs together.
  package var isUnchanged: Bool {
    do throws(LetheError) { return try FileState(of: path, isHeld: isHeld, in: files) == first } catch { return false }
  }
}

/// What changes with every commit, and with every page that goes from a write-ahead log into the file.
private struct FileState: Equatable {
  private let byteCount: Int
  /// The database's header, with the counter that changes with each commit of a rollback journal.
  private let header: [UInt8]
  /// Of the write-ahead log; its salts change when it is written over from the beginning.
  private let logHeader: [UInt8]
  /// How many frames of these salts the log has. A page only goes into the file from one of them, and until there is one
  /// more, whoever looks reads that page from the log.
  private let frameCount: Int
  /// Sizes and times of the file and its log, which stand in for the bytes of a file that this process has open.
  private let facts: [FileFacts?]
  /// The rollback journal, which is there while a commit is written into the file.
  private let journal: FileFacts?

  /// Whether the file may hold half of a commit; SQLite sees to that in a file that this process has open.
  var hasJournal: Bool { facts.isEmpty && (journal?.byteCount ?? 0) > 0 }

  private static let logHeaderByteCount = 32
  private static let frameHeaderByteCount = 24

  init(of path: String, isHeld: Bool, in files: any FileSystem) throws(LetheError) {
    // Before anything else: what is read while there was none belongs together.
    journal = try files.facts(of: path + "-journal", .followed)
    guard !isHeld else {
      (byteCount, header, logHeader, frameCount) = (0, [], [], 0)
      facts = try ["", "-wal"].map { (suffix) throws(LetheError) in
        try files.facts(of: path + suffix, .followed)
      }
      return
    }
    facts = []
    let file = try files.open(path, .read)
    byteCount = try file.size()
    header = try file.read(count: 100, at: 0)
    guard files.exists(path + "-wal") else {
      (logHeader, frameCount) = ([], 0)
      return
    }
    let log = try files.open(path + "-wal", .read)
    logHeader = try log.read(count: Self.logHeaderByteCount, at: 0)
    frameCount = try Self.frameCount(log, logHeader)
  }

  private static func frameCount(_ log: any File, _ header: [UInt8]) throws(LetheError) -> Int {
    guard header.count == logHeaderByteCount else { return 0 }
    // Big-endian: the size of a page, and two salts that each frame repeats.
    let pageByteCount = header[8..<12].reduce(0) { $0 << 8 | Int($1) }
    guard (512...65_536).contains(pageByteCount) else { return 0 }
    let salts = Array(header[16..<24])
    var count = 0
    while true {
      let place = logHeaderByteCount + count * (frameHeaderByteCount + pageByteCount)
      let frame = try log.read(count: frameHeaderByteCount, at: place)
      guard frame.count == frameHeaderByteCount, Array(frame[8..<16]) == salts else { return count }
      count += 1
    }
  }
}
