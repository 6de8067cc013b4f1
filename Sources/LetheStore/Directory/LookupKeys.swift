internal import LetheCrypto
internal import LetheSystem
internal import LetheVault

/// Makes the keyed values under which ids and names are looked up; without the keys they say nothing.
///
/// A value is HMAC-SHA-256 over a word that names its use, a zero byte and the text.
final class LookupKeys: Sendable {
  private let directory: Secret
  private let fence: Secret
  /// The directory's values of what was asked for lately, by what they are made of: to look here costs a tenth.
  private let recent = Monitor<[[UInt8]: Digest]>([:])

  /// When it is reached all are let go.
  private static let recentLimit = 1 << 15

  /// - Parameters:
  ///   - directory: the index key of the store's slot 0.
  ///   - fence: the index key of the store's slot 1.
  init(directory: consuming Secret, fence: consuming Secret) {
    self.directory = directory
    self.fence = fence
  }

  func subject(_ id: String) -> Digest { directoryValue("subject", id) }
  func stream(_ name: String) -> Digest { directoryValue("name", name) }

  func fencedSubject(_ id: String) -> Digest { Self.value("subject", id, fence) }
  func fencedName(_ name: String) -> Digest { Self.value("name", name, fence) }

  /// What stands beside a fenced name for each id of its owner, who alone may take the name again.
  func fencedOwner(of name: String, id: String) -> Digest { Self.value("owner", name + "\0" + id, fence) }

  /// Lets go of all ids and names in memory.
  func forgetTexts() { recent.withLock { $0 = [:] } }

  private func directoryValue(_ use: StaticString, _ text: String) -> Digest {
    let message = Self.message(use, text)
    if let value = recent.withLock({ $0[message] }) { return value }
    let value = HMACSHA256.authenticate(message, key: directory)
    recent.withLock { recent in
      if recent.count >= Self.recentLimit { recent = [:] }
      recent[message] = value
    }
    return value
  }

  private static func value(_ use: StaticString, _ text: String, _ key: borrowing Secret) -> Digest {
    HMACSHA256.authenticate(message(use, text), key: key)
  }

  private static func message(_ use: StaticString, _ text: String) -> [UInt8] {
    var message = ByteWriter(capacity: use.utf8CodeUnitCount + 1 + text.utf8.count)
    message.put(use.description.utf8)
    message.put(0 as UInt8)
    message.put(text.utf8)
    return message.bytes
  }
}
