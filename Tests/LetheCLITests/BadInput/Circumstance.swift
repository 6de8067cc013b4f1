import Foundation
internal import LetheSystem
internal import LetheTesting

@testable internal import LetheLog

/// What the machine is like when the tool runs in a process of its own; a table names it behind `% `.
enum Circumstance: Equatable {
  /// The home's file system is mounted so that nothing can be written.
  case readOnly
  /// The process runs as a user who may enter the home's folder, but owns nothing in it.
  case anotherUser
  /// The same, and the home's folder itself must not be entered.
  case hidden
  /// The home is locked by this process.
  case inUse
  /// The log's head names a version that is not known yet.
  case newer
  case noInput, noOutput
  /// Standard output is a disk without space.
  case fullOutput
  /// One more argument, which no test could hand over as text.
  case argument([UInt8])
  /// So few files may be open that the home cannot be opened.
  case fewFiles

  init(_ text: String) throws(LetheError) {
    switch text {
    case "read-only": self = .readOnly
    case "another user": self = .anotherUser
    case "hidden": self = .hidden
    case "in use": self = .inUse
    case "newer": self = .newer
    case "no input": self = .noInput
    case "no output": self = .noOutput
    case "full output": self = .fullOutput
    case "few files": self = .fewFiles
    case let text where text.hasPrefix("argument "):
      self = .argument(try Notation.bytes(text.dropFirst("argument ".count)))
    case _: throw LetheError(.input, "there is no such circumstance; see Circumstance")
    }
  }

  /// Whether it can be had here at all: some need `unshare(1)` or another user.
  var isPossible: Bool {
    switch self {
    case .readOnly: PrivateMount.isPossible
    case .anotherUser, .hidden: OtherUser.isPossible
    // A sanitizer opens files of its own.
    case .fewFiles: !Sanitizer.isActive
    case .inUse, .newer, .noInput, .noOutput, .fullOutput, .argument: true
    }
  }

  /// Whether an error object can be read.
  var hasOutput: Bool { self != .noOutput && self != .fullOutput }

  /// How a shell calls the tool, whose path and arguments are `"$@"`.
  var line: String {
    switch self {
    case .readOnly, .inUse, .newer: #"exec "$@""#
    case .anotherUser, .hidden: OtherUser.line
    case .noInput: #"exec "$@" <&-"#
    case .noOutput: #"exec "$@" >&-"#
    case .fullOutput: #"exec "$@" >/dev/full"#
    case .argument(let bytes):
      #"tool=$1; shift; exec "$tool" $'"# + bytes.map { "\\x" + String($0, radix: 16) }.joined() + #"' "$@""#
    case .fewFiles: #"ulimit -n 4; exec "$@""#
    }
  }
}

/// Somebody who owns nothing: `nobody` if the tests run as root. Anybody else's tests take their own rights away.
enum OtherUser {
  static let isPossible: Bool = {
    guard let tool = try? ProcessTests.tool() else { return false }
    let ran = try? SpawnedProcess("/bin/bash", ["-c", line, "bash", tool, "--version"]).finish()
    return geteuid() == 0 && ran?.code == 0
  }()

  static let line = #"exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@""#
}

/// Where a home is seen under a circumstance.
struct Scene {
  let path: String
  var mount: PrivateMount?
  /// Makes everything as it was.
  var leave: () throws -> Void = {}

  func run(_ words: [String], _ input: [UInt8]) throws -> (code: Int32, out: String, errors: String) {
    if let mount { return try mount.run(words, input: input) }
    return try SpawnedProcess(words[0], Array(words.dropFirst()), giving: input).finish()
  }
}

extension BadHome {
  /// Makes the machine so.
  func enter(_ circumstance: Circumstance) throws -> Scene {
    switch circumstance {
    case .readOnly:
      let mount = try PrivateMount(.readOnly(of: path))
      return Scene(path: mount.path, mount: mount)
    case .anotherUser:
      chmod(clinic.folder.path, 0o755)
      chmod(path, 0o755)
      return Scene(path: path)
    case .inUse:
      let lock = try FolderLock("\(path)/Keys", note: "\(path)/Keys/lock", waiting: .zero)
      return Scene(path: path, leave: { lock.release() })
    case .newer:
      try setLogVersion(4)
      return Scene(path: path, leave: { try setLogVersion(3) })
    case .hidden, .noInput, .noOutput, .fullOutput, .argument, .fewFiles: return Scene(path: path)
    }
  }

  private func setLogVersion(_ version: UInt8) throws {
    for name in [LogLayout.segment(0)] {
      let file = try LocalFileSystem().open("\(path)/Log/\(name)", .update)
      var head = try file.read(count: LogFileHeader.byteCount, at: 0)
      head[8] = version
      let sum = CRC32C.checksum(head.span.extracting(..<60))
      head.replaceSubrange(60..., with: (0..<4).map { UInt8(truncatingIfNeeded: sum >> UInt32(8 * $0)) })
      try file.write(head.span.bytes, at: 0)
    }
  }
}
