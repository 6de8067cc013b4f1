import Glibc
import LetheSystem
import LetheTesting

@testable import LetheProjections

/// A folder of read models, and what can be found in its files without SQLite.
struct Folder {
  let directory = TemporaryDirectory()
  let files = LocalFileSystem()
  var path: String { directory.path }

  func path(_ model: any ReadModel) -> String { "\(path)/\(model.name).sqlite" }

  func runner(
    _ model: any ReadModel, _ log: FakeLog, in files: any FileSystem = LocalFileSystem(), recordLimit: Int = 1000
  ) -> ProjectionRunner {
    ProjectionRunner(model: model, path: path(model), source: log, files: files, recordLimit: recordLimit)
  }

  func file(_ model: any ReadModel) throws -> ReadModelFile {
    guard let opened = try ReadModelFile.open(path(model)) else { throw LetheError(.io, "there is no file") }
    return opened.file
  }

  func rows(_ model: any ReadModel, of subject: Int? = nil) throws -> [ReadModelRow] {
    guard let opened = try ReadModelFile.open(path(model)) else { return [] }
    var rows: [ReadModelRow] = []
    try opened.file.table.forEach(of: subject.map { index($0) }) { (row) throws(LetheError) in rows.append(row) }
    return rows
  }

  /// The names of files of the folder whose raw bytes hold a subject's text.
  func residue(of subject: Int) throws -> [String] { try Self.residue(of: subject, in: path) }

  static func residue(of subject: Int, in path: String) throws -> [String] {
    let files = LocalFileSystem()
    let needle = Array(canary(subject).utf8)
    return try files.contents(of: path).filter { name in
      holds(try files.contents(ofFile: "\(path)/\(name)"), needle)
    }
  }

  private static func holds(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { hay in
      guard var at = hay.baseAddress else { return false }
      let end = at + hay.count
      while end - at >= needle.count, let found = memchr(at, Int32(needle[0]), end - at - needle.count + 1) {
        if memcmp(found, needle, needle.count) == 0 { return true }
        at = UnsafeRawPointer(found) + 1
      }
      return false
    }
  }

  func permissions(_ model: any ReadModel) -> UInt32? {
    var status = stat()
    return stat(path(model), &status) == 0 ? status.st_mode & 0o777 : nil
  }
}
