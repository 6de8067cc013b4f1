internal import LetheCrypto
internal import LetheSystem
internal import LetheVault

/// Makes the keyed values under which ids and names are looked up; without the keys they say nothing.
///
/// A value is HMAC-SHA-256 over a word that names its use, a zero byte and the text.
final class LookupKeys: Sendable {
  private let directory: Secret
  private let fence: Secret

  /// - Parameters:
  ///   - directory: the index key of the store's slot 0.
  ///   - fence: the index key of the store's slot 1.
  init(directory: consuming Secret, fence: consuming Secret) {
    self.directory = directory
    self.fence = fence
  }

  func subject(_ id: String) -> Digest { Self.value("subject", id, directory) }
  func stream(_ name: String) -> Digest { Self.value("name", name, directory) }

  func fencedSubject(_ id: String) -> Digest { Self.value("subject", id, fence) }
  func fencedName(_ name: String) -> Digest { Self.value("name", name, fence) }

  /// What stands beside a fenced name for each id of its owner, who alone may take the name again.
  func fencedOwner(of name: String, id: String) -> Digest { Self.value("owner", name + "\0" + id, fence) }

  private static func value(_ use: StaticString, _ text: String, _ key: borrowing Secret) -> Digest {
    var message = ByteWriter()
    message.put(use.description.utf8)
    message.put(0 as UInt8)
    message.put(text.utf8)
    return HMACSHA256.authenticate(message.bytes, key: key)
  }
}
