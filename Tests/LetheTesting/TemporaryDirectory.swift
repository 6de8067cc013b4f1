internal import Glibc

/// A directory of a test's own under the system's temporary folder, removed with all that is in it when the last
/// reference goes.
public final class TemporaryDirectory: Sendable {
  public let path: String

  public init() {
    OpenFiles.areAllowed
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/lethe-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("no temporary directory: errno \(errno)") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { removeAll(path) }

  /// The path of a name in the directory.
  public func path(_ name: String) -> String { "\(path)/\(name)" }
}

extension Duration {
  /// How long a test waits for a folder that it has to itself: a child process that is being started elsewhere in this
  /// process has its lock too, until it becomes another program (`fork(2)`, `execve(2)`).
  public static let patience = Duration.seconds(60)
}

/// Removes a file or a directory and what it holds; links are removed, not followed.
private func removeAll(_ path: String) {
  var status = stat()
  guard lstat(path, &status) == 0 else { return }
  if status.st_mode & S_IFMT == S_IFDIR, let handle = opendir(path) {
    var names: [String] = []
    while let entry = readdir(handle) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    closedir(handle)
    for name in names where name != "." && name != ".." { removeAll("\(path)/\(name)") }
  }
  Glibc.remove(path)
}
