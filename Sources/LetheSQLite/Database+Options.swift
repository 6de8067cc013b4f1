package import LetheSystem

extension Database {
  /// How a connection stores; each value is set and read back.
  package struct Options: Sendable, Equatable {
    package enum Journal: String, Sendable {
      /// A write-ahead log beside the file; readers and one writer do not wait for each other.
      case wal
      /// A rollback journal, removed at each commit.
      case delete
    }

    package enum Synchronous: Int64, Sendable {
      /// With a write-ahead log, a power cut may lose the newest commits, never damage the file.
      case normal = 1
      /// With a write-ahead log, a commit is durable when it returns.
      case full = 2
      /// With a rollback journal too: that the journal is gone is made durable as well, without which a power cut may
      /// bring it back and undo the commit.
      case extra = 3
    }

    package enum SecureDelete: Int64, Sendable {
      case off = 0
      /// Deleted content is overwritten with zeros.
      case on = 1
    }

    package enum TemporaryStore: Int64, Sendable {
      case files = 1
      /// No temporary file ever holds content.
      case memory = 2
    }

    package var journal: Journal
    package var synchronous: Synchronous
    /// Whether SQLite moves a long write-ahead log into the file by itself, and tells nobody if that fails.
    package var movesLog: Bool
    package var secureDelete: SecureDelete
    package var temporaryStore: TemporaryStore
    /// The part of the file, in bytes, that is read by memory mapping; 0 is off.
    package var mappedByteCount: Int64
    /// Bytes in a page of a file that is made, a power of two from 512 to 65,536; a file that is there keeps its own.
    package var pageByteCount: Int64

    /// The defaults are those of a file whose content is in the clear: durable, and leaving nothing behind.
    package init(
      journal: Journal = .wal, synchronous: Synchronous = .full, movesLog: Bool = true,
      secureDelete: SecureDelete = .on, temporaryStore: TemporaryStore = .memory, mappedByteCount: Int64 = 0,
      pageByteCount: Int64 = 4096
    ) {
      self.journal = journal
      self.synchronous = synchronous
      self.movesLog = movesLog
      self.secureDelete = secureDelete
      self.temporaryStore = temporaryStore
      self.mappedByteCount = mappedByteCount
      self.pageByteCount = pageByteCount
    }
  }

  /// Applies the options to this connection; the journal is kept in the file, the others are not.
  ///
  /// - Throws: `io` if SQLite does not take one of them, for instance a write-ahead log on a network disk.
  package func configure(_ options: Options = Options()) throws(LetheError) {
    try set("temp_store", to: options.temporaryStore.rawValue)
    try set("mmap_size", to: options.mappedByteCount)
    // Before the journal, which makes the file.
    try execute("PRAGMA page_size = \(options.pageByteCount)")
    try set("journal_mode", to: options.journal.rawValue, readBack: .text(options.journal.rawValue))
    // As on the machine's own files: in the exclusive mode a rollback journal would be emptied, not removed.
    if connection.injected != nil, options.journal == .delete { try execute("PRAGMA locking_mode = NORMAL") }
    try set("synchronous", to: options.synchronous.rawValue)
    if !options.movesLog { try set("wal_autocheckpoint", to: 0) }
    try set("secure_delete", to: options.secureDelete.rawValue)
  }

  /// Sets a pragma and reads it back.
  private func set(_ pragma: String, to number: Int64) throws(LetheError) {
    try set(pragma, to: String(number), readBack: .integer(number))
  }

  /// Sets a pragma, which cannot be bound, and reads it back: SQLite ignores what it cannot do.
  private func set(_ pragma: String, to word: String, readBack expected: SQLiteValue) throws(LetheError) {
    try execute("PRAGMA \(pragma) = \(word)")
    // Compiled anew, since SQLite compiles some pragmas to what they are at that time.
    guard let row = try prepare("PRAGMA \(pragma)").step(), try row.value(0) == expected else {
      throw .sqlite(.io, "SQLite did not accept \(pragma) \(word); use a local disk", file: connection.file)
    }
  }
}
