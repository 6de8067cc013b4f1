internal import CSQLite
internal import Glibc
internal import LetheSystem

/// When a call failed, which decides how much of SQLite's own words may be passed on.
enum FailedCall {
  /// SQLite's words quote the SQL text; what is no identifier in it is blanked.
  case preparing
  /// SQLite's words may quote bound values (a JSON path, a search term); only constraints are passed on.
  case running
}

extension LetheError {
  /// Describes a failed call by its extended result code, without any value bound or written in the SQL.
  ///
  /// - Parameter injected: what SQLite does its I/O through; nil for the machine's own files.
  static func sqlite(
    _ function: String, _ code: Int32, handle: OpaquePointer?, file: DatabaseFile,
    through injected: InjectedFiles? = nil, _ call: FailedCall
  ) -> LetheError {
    let number = systemNumber(code, handle, file, injected)
    return LetheError(
      isDamage(code, handle) ? .damage : .io, "\(file.name): \(sentence(code, number, handle, file))", place: file.name,
      cause: Cause(
        function: meansFailedSync(code) ? "fsync" : function, number: code, queue: [words(code, handle, call)],
        system: number))
  }

  /// A failure of our own making, that SQLite did not see.
  static func sqlite(_ code: Code, _ sentence: String, file: DatabaseFile) -> LetheError {
    LetheError(code, "\(file.name): \(sentence)", place: file.name)
  }
}

private func isDamage(_ code: Int32, _ handle: OpaquePointer?) -> Bool {
  switch code & 0xff {
  case SQLITE_CORRUPT, SQLITE_NOTADB: true
  case SQLITE_ERROR: hasUnknownFormat(handle)
  case SQLITE_READONLY: code != readOnlyMoved && hasUnknownVersion(handle)
  default: false
  }
}

/// Whether the head of the file names a format of definitions that no SQLite knows: it has no code of its own for that.
private func hasUnknownFormat(_ handle: OpaquePointer?) -> Bool {
  handle.map { String(cString: sqlite3_errmsg($0)) } == "unsupported file format"
}

/// Whether the head of the file names a version that no SQLite writes, of which it says no more than that it cannot write:
/// the bytes 18 and 19, of which 1 is a rollback journal and 2 a write-ahead log.
private func hasUnknownVersion(_ handle: OpaquePointer?) -> Bool {
  var file: UnsafeMutablePointer<sqlite3_file>?
  // By SQLite's own descriptor: closing another one would take its locks.
  guard let handle, sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK, let file,
    let read = file.pointee.pMethods?.pointee.xRead
  else { return false }
  var versions: [UInt8] = [0, 0]
  return read(file, &versions, 2, 18) == SQLITE_OK && versions.contains { $0 > 2 }
}

/// The system's own number. SQLite tells of a full disk by a code of its own when it writes to its files, but not when it
/// makes them or the index of a write-ahead log (`SQLITE_IOERR_SHMSIZE`), where `sqlite3_system_errno` tells. Of what it
/// cannot write it never tells why.
private func systemNumber(
  _ code: Int32, _ handle: OpaquePointer?, _ file: DatabaseFile, _ injected: InjectedFiles?
) -> Int32 {
  switch code & 0xff {
  case SQLITE_FULL: ENOSPC
  case SQLITE_READONLY:
    code != readOnlyMoved && !hasUnknownVersion(handle) && isOnReadOnlyDisk(file, injected) ? EROFS : 0
  case SQLITE_IOERR, SQLITE_CANTOPEN: handle.map { sqlite3_system_errno($0) } ?? 0
  default: 0
  }
}

/// `SQLITE_READONLY_DBMOVED`, whose macro Swift does not import.
private let readOnlyMoved = SQLITE_READONLY | 4 << 8
/// `SQLITE_READONLY_ROLLBACK`, the same.
private let readOnlyJournal = SQLITE_READONLY | 3 << 8

/// Whether the file system of a database takes no writes at all, whoever asks.
private func isOnReadOnlyDisk(_ file: DatabaseFile, _ injected: InjectedFiles?) -> Bool {
  if let injected { return injected.newest.systemNumber == EROFS }
  return access(file.path, W_OK) != 0 && errno == EROFS
}

/// `SQLITE_IOERR_FSYNC` and `SQLITE_IOERR_DIR_FSYNC`, whose macros Swift does not import.
private func meansFailedSync(_ code: Int32) -> Bool { code == SQLITE_IOERR | 4 << 8 || code == SQLITE_IOERR | 5 << 8 }

/// Of a file that is no longer at its path.
let movedSentence = "the file was moved or replaced while it was open; put it back in its place and start again"

private func sentence(_ code: Int32, _ number: Int32, _ handle: OpaquePointer?, _ file: DatabaseFile) -> String {
  if number == ENOSPC || number == EDQUOT { return "the disk is full; free some space and try again" }
  if number == EFBIG {
    return "the file may not grow any more; allow larger files (ulimit -f), or use a disk that holds them"
  }
  return switch code & 0xff {
  case SQLITE_READONLY where code == readOnlyMoved: movedSentence
  case SQLITE_READONLY where hasUnknownVersion(handle): "its header is damaged; \(file.remedy)"
  case SQLITE_READONLY where number == EROFS: "its disk takes no writes; mount it for writing"
  case SQLITE_READONLY where code == readOnlyJournal:
    "a process that stopped left its journal, which must be rolled back before anything is read, and the file cannot be "
      + "written; correct the permissions of the file and its directory"
  case SQLITE_READONLY: "it cannot be written; correct the permissions of the file and its directory"
  case SQLITE_CANTOPEN: "it cannot be opened; check the path and the permissions of its directory"
  case SQLITE_BUSY: "another process is using it; wait for that to end and try again"
  case SQLITE_LOCKED: "a statement of this process is still reading it; end that first"
  case SQLITE_CORRUPT: "the file is damaged; \(file.remedy)"
  case SQLITE_NOTADB: "this is not an SQLite database or its header is damaged; \(file.remedy)"
  case SQLITE_ERROR where hasUnknownFormat(handle): "its header is damaged; \(file.remedy)"
  case SQLITE_IOERR: "it could not be read or written; check the disk"
  case SQLITE_PERM, SQLITE_AUTH: "access was denied; run as the owner of the file"
  case SQLITE_NOMEM: "memory ran out; free some and try again"
  case SQLITE_TOOBIG: "a value is larger than SQLite takes; store less in one row"
  case SQLITE_CONSTRAINT: "a rule of the table refused the change; give it values that the table takes"
  case SQLITE_SCHEMA: "its tables were changed by another process; open it again"
  default: "SQLite refused the call; check that the file was written by this version"
  }
}

/// SQLite's own words as far as they can hold no value (`sqlite3_errmsg`), else those of the code (`sqlite3_errstr`).
private func words(_ code: Int32, _ handle: OpaquePointer?, _ call: FailedCall) -> String {
  let general = String(cString: sqlite3_errstr(code))
  guard let handle, sqlite3_extended_errcode(handle) == code else { return general }
  let told = String(cString: sqlite3_errmsg(handle))
  switch call {
  case .preparing: return blankingLiterals(told)
  case .running: return namesOnlyConstraint(code) ? told : general
  }
}

/// These name a column, an index, a constraint or the text of a CHECK; triggers and functions could say anything.
private func namesOnlyConstraint(_ code: Int32) -> Bool {
  let valueFree: [Int32] = [
    1,  // SQLITE_CONSTRAINT_CHECK
    3,  // SQLITE_CONSTRAINT_FOREIGNKEY
    5,  // SQLITE_CONSTRAINT_NOTNULL
    6,  // SQLITE_CONSTRAINT_PRIMARYKEY
    8,  // SQLITE_CONSTRAINT_UNIQUE
    10,  // SQLITE_CONSTRAINT_ROWID
    12,  // SQLITE_CONSTRAINT_DATATYPE
  ]
  return code & 0xff == SQLITE_CONSTRAINT && valueFree.contains(code >> 8)
}

/// Keeps what SQLite quotes of the SQL text if it is an identifier, else writes `…` in its place.
///
/// The words are `near "piece": sentence` or `sentence: piece`, the piece in quotes or not.
private func blankingLiterals(_ told: String) -> String {
  if let open = told.firstIndex(of: "\""), let close = told.lastIndex(of: "\""), close > open {
    let after = told.index(after: close)
    return isIdentifier(told[told.index(after: open)..<close]) ? told : "\(told[..<open])…\(told[after...])"
  }
  if let colon = told.firstIndex(of: ":") {
    return isIdentifier(told[colon...].dropFirst(2)) ? told : "\(told[...colon]) …"
  }
  return told.contains { $0 == "'" || $0 == "\"" } ? "…" : told
}

/// Names with dots between them, as in `table.column`; none begins like a number.
private func isIdentifier(_ text: Substring) -> Bool {
  guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
  return text.utf8.allSatisfy { byte in
    (97...122).contains(byte | 0x20) || (48...57).contains(byte) || byte == 95 || byte == 46
  }
}
