import Foundation
internal import LetheSystem
internal import LetheTesting

/// A file system of a test's own, mounted where only the test sees it: in a mount namespace that needs no rights
/// (`unshare(1)`), which ends with its last reference.
final class PrivateMount {
  enum Kind {
    /// In memory, no larger than so many bytes.
    case sized(byteCount: Int)
    /// In memory; refuses `O_DIRECT`.
    case withoutDirectAccess
    /// A folder that is there, seen as if its disk took no writes.
    case readOnly(of: String)
  }

  private let holder: SpawnedProcess
  private let point = TemporaryDirectory()

  /// The mounted folder, as processes in the namespace name it.
  var path: String { point.path }

  /// The same, as other processes of this user can name it. SQLite cannot: it follows the link to nowhere.
  var outerPath: String { "/proc/\(holder.processIdentifier)/root\(point.path)" }

  init(_ kind: Kind) throws {
    let mount =
      switch kind {
      case .sized(let byteCount): "mount -t tmpfs -o size=\(byteCount) none '\(point.path)'"
      case .withoutDirectAccess: "mount -t ramfs none '\(point.path)'"
      case .readOnly(let folder):
        "mount --bind '\(folder)' '\(point.path)' && mount -o remount,bind,ro '\(point.path)'"
      }
    // The shell waits for the end of its input, and with it the namespace.
    let line = "\(mount) && echo ready && exec cat"
    holder = try SpawnedProcess("/usr/bin/unshare", ["--user", "--map-root-user", "--mount", "/bin/sh", "-c", line])
    guard String(decoding: holder.output.availableData, as: UTF8.self) == "ready\n" else {
      throw LetheError(.io, "nothing can be mounted here; allow unprivileged user namespaces")
    }
  }

  /// What a program in the namespace does.
  func run(_ words: [String], input: [UInt8] = []) throws -> (code: Int32, out: String, errors: String) {
    let target = ["--target", String(holder.processIdentifier), "--user", "--mount", "--preserve-credentials", "--"]
    return try SpawnedProcess("/usr/bin/nsenter", target + words, giving: input).finish()
  }

  /// Whether this machine lets its users mount something for themselves.
  static let isPossible: Bool = (try? PrivateMount(.sized(byteCount: 1 << 16))) != nil
}
