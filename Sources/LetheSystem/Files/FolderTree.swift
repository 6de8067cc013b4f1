internal import Glibc

/// A folder with all that lies in it.
package enum FolderTree {
  /// A file below the folder.
  package struct Entry: Sendable, Equatable {
    /// Its path from the folder on, without a slash at the front.
    package let name: String
    package let byteCount: Int
  }

  /// Makes a folder that nobody else has, for the owner alone (`mkdtemp(3)`).
  ///
  /// - Parameter prefix: its path up to the six characters that are made up.
  package static func makeUnique(_ prefix: String) throws(LetheError) -> String {
    var template = Array("\(prefix)XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw .system("mkdtemp", prefix) }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The folder for temporary files, from the environment (`TMPDIR`) or `/tmp`.
  package static var temporaryFolder: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

  /// A path from the root on, without links, `.` and `..` where it exists (`realpath(3)`); of one that does not, the part
  /// that does is resolved.
  ///
  /// - Throws: `input` for an empty path; `io` if the working directory is gone.
  package static func wholePath(_ path: String) throws(LetheError) -> String {
    guard !path.isEmpty else { throw LetheError(.input, "a folder's name is empty; name one") }
    var given = path
    while given.count > 1, given.hasSuffix("/") { given.removeLast() }
    if let resolved = realpath(given, nil) {
      defer { free(resolved) }
      return String(cString: resolved)
    }
    guard errno == ENOENT, given != ".", given != "/" else { throw .system("realpath", path) }
    let parent = try wholePath(given.parentPath)
    // Nothing is there yet, so no link either, and what is made there lies where the words lead.
    switch given.lastPathComponent {
    case ".": return parent
    case "..": return parent.parentPath
    case let name: return (parent == "/" ? "" : parent) + "/" + name
    }
  }

  /// All regular files below a folder, sorted by name; links are left out.
  package static func files(
    in folder: String, _ files: any FileSystem = LocalFileSystem()
  ) throws(LetheError) -> [Entry] {
    var found: [Entry] = []
    try collect(folder, "", files, &found)
    return found
  }

  private static func collect(
    _ folder: String, _ prefix: String, _ files: any FileSystem, _ found: inout [Entry]
  ) throws(LetheError) {
    for name in try files.contents(of: folder) {
      let path = "\(folder)/\(name)"
      switch try files.entry(at: path) {
      case .directory: try collect(path, prefix + name + "/", files, &found)
      case .file(let byteCount): found.append(Entry(name: prefix + name, byteCount: byteCount))
      case .absent, .other: continue
      }
    }
  }

  /// The content of a file that `files` named; nil if it has gone since.
  package static func contents(ofListed path: String) throws(LetheError) -> [UInt8]? {
    do { return try LocalFileSystem().contents(ofFile: path) } catch {
      guard error.cause?.number == ENOENT else { throw error }
      return nil
    }
  }

  /// Removes a folder and what it holds; links are removed, not followed. What is not there is no error.
  package static func remove(_ folder: String, _ files: any FileSystem = LocalFileSystem()) throws(LetheError) {
    switch try files.entry(at: folder) {
    case .absent: return
    case .file, .other: try files.remove(folder)
    case .directory:
      for name in try files.contents(of: folder) { try remove("\(folder)/\(name)", files) }
      try files.removeDirectory(folder)
    }
  }
}
