/// What must be true of a file before anything is read from it or written to it.
///
/// A file system checks this on the file that it opened, so that nobody can put another in its place in between: a pipe
/// would hang a process that holds a lock, a device or a sparse file would fill its memory, a link would lead a write into
/// somebody else's file, and a secret that others can read is not secret.
public struct FileClass: Sendable, Equatable {
  /// Who may own a file.
  public enum Owner: Sendable, Equatable {
    case anybody
    /// The owner of a folder; a file that is made is given to that owner.
    case ownerOf(folder: String)
  }

  /// Who may use a file.
  public enum Access: Sendable, Equatable {
    case anybody
    /// Nobody else may read or write it. Pipes are exempt.
    case closedToOthers
    /// It has no bit for others, has one name and is no link.
    case ownerAlone
  }

  /// What may lie there besides a regular file.
  public enum Kinds: Sendable, Equatable {
    case files, filesAndPipes
  }

  /// What errors call it: `a checkpoint`.
  let noun: String
  let kinds: Kinds
  let access: Access
  let owner: Owner
  /// Nil if it may be of any size. A large file that is mostly holes is refused in any case.
  let mostByteCount: Int?

  package init(
    _ noun: String, atMost mostByteCount: Int? = nil, kinds: Kinds = .files, access: Access = .anybody,
    owner: Owner = .anybody
  ) {
    self.noun = noun
    self.mostByteCount = mostByteCount
    self.kinds = kinds
    self.access = access
    self.owner = owner
  }

  /// A regular file of any size, following links.
  public static let plain = FileClass("a file")

  /// A file that only its owner may touch, who is the owner of a folder.
  package static func secret(_ noun: String, atMost mostByteCount: Int? = nil, ownedLike folder: String) -> FileClass {
    FileClass(noun, atMost: mostByteCount, access: .ownerAlone, owner: .ownerOf(folder: folder))
  }

  /// Whether a link at the end of the path is followed.
  package var links: FileFacts.Links { access == .ownerAlone ? .refused : .followed }

  /// The folder whose owner owns the file; nil if anybody may.
  package var folder: String? {
    switch owner {
    case .anybody: nil
    case .ownerOf(let folder): folder
    }
  }

  /// A file may exceed its allocated size by this many bytes, plus 64 times its allocation, because file systems compress.
  private static let holesByteCount = 128 << 20
  private static let mostCompression = 64

  /// Checks what was opened.
  ///
  /// - Parameters:
  ///   - name: the file's, for errors.
  ///   - folderOwner: the owner of the folder that `owner` names.
  /// - Throws: `io`.
  package func check(_ facts: FileFacts, name: String, folderOwner: UInt32?) throws(LetheError) {
    try checkKind(facts, name)
    if let mostByteCount {
      guard facts.byteCount <= mostByteCount else {
        throw Self.refusal(
          name,
          "it has \(facts.byteCount) bytes, and \(noun) has at most \(mostByteCount); put the right file in its place"
        )
      }
    }
    let (most, overflow) = facts.allocatedByteCount.multipliedReportingOverflow(by: Self.mostCompression)
    guard overflow || facts.byteCount <= Self.holesByteCount || facts.byteCount - Self.holesByteCount <= most else {
      throw Self.refusal(
        name, "it says that it has \(facts.byteCount) bytes and is mostly holes; put the right file in its place")
    }
    try checkAccess(facts, name, folderOwner)
  }

  private func checkKind(_ facts: FileFacts, _ name: String) throws(LetheError) {
    let found: String
    switch facts.kind {
    case .file: return
    case .pipe where kinds == .filesAndPipes: return
    case .directory: throw LetheError.folderInPlaceOfFile(name)
    case .link: throw Self.isLink(name)
    case .pipe: found = "a pipe"
    case .socket: found = "a socket"
    case .device: found = "a device"
    }
    throw Self.refusal(name, "\(found) lies where a file belongs; put the right file in its place")
  }

  private func checkAccess(_ facts: FileFacts, _ name: String, _ folderOwner: UInt32?) throws(LetheError) {
    switch access {
    case .anybody: break
    case .closedToOthers:
      guard facts.kind == .pipe || facts.permissions & 0o066 == 0 else {
        throw Self.refusal(
          name, "others may read or write it, and it is a secret; take their rights away (chmod go-rwx)")
      }
    case .ownerAlone:
      guard facts.permissions & 0o077 == 0 else {
        throw Self.refusal(
          name,
          "others have rights to it, and it is a secret; take their rights away (chmod go-rwx), and replace it if "
            + "anybody may have read it")
      }
      guard facts.nameCount == 1 else {
        throw Self.refusal(
          name, "it has \(facts.nameCount) names (hard links), and a secret has one; remove the others")
      }
    }
    guard let folderOwner, facts.owner != folderOwner else { return }
    throw Self.refusal(name, "it belongs to another user than the folder of the keys; give it to that one (chown)")
  }

  static func refusal(_ name: String, _ what: String) -> LetheError {
    LetheError(.io, "\(name): \(what)", place: name)
  }

  package static func isLink(_ name: String) -> LetheError {
    refusal(name, "a link lies where the file itself belongs; put the file there, or a link for its whole folder")
  }

  package static func isLinkToNothing(_ name: String) -> LetheError {
    refusal(name, "it is a link to nothing; mount the disk that it leads to, or put the file in its place")
  }
}

extension LetheError {
  /// As the system tells it where a file is opened for writing.
  static func folderInPlaceOfFile(_ name: String) -> LetheError {
    LetheError(
      .io, "\(name): a folder lies where a file belongs; put the right one in its place, or name another", place: name,
      cause: Cause(function: "open", number: 21))
  }
}
