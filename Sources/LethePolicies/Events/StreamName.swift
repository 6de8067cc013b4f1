public import LetheSystem

/// The name of a stream of events, as its users write it: not empty, at most 1,024 bytes, without NUL, not beginning
/// with `$` or `id:`. Two names are the same if their bytes are.
public struct StreamName: Sendable, CustomStringConvertible {
  /// What precedes a stream's id where a name could stand.
  package static let idPrefix = "id:"

  public let text: String

  /// - Throws: `input`, without the name.
  public init(_ text: String) throws(LetheError) {
    try NameRule.check(text, "The stream name")
    guard text.utf8.first != UInt8(ascii: "$") else {
      throw LetheError(.input, "The stream name begins with $, as only the system's do; choose another")
    }
    guard !text.utf8.starts(with: Self.idPrefix.utf8) else {
      throw LetheError(.input, "The stream name begins with id:, which announces a stream's id; choose another")
    }
    self.text = text
  }

  /// A name as the log has it: earlier versions took names that begin with `id:`.
  ///
  /// - Throws: `input`, without the name.
  package init(stored text: String) throws(LetheError) {
    try NameRule.check(text, "The stream name")
    self.text = text
  }

  /// The name up to its first `-`; the whole name if it has none.
  public var category: String {
    guard let end = text.utf8.firstIndex(of: UInt8(ascii: "-")) else { return text }
    return String(text[..<end])
  }

  public var description: String { text }
}

extension StreamName: Hashable {
  public static func == (left: StreamName, right: StreamName) -> Bool {
    left.text.utf8.hasSameBytes(as: right.text.utf8)
  }

  public func hash(into hasher: inout Hasher) {
    // By words: to combine each byte costs some nanoseconds.
    var word: UInt64 = 0
    var count = 0
    for byte in text.utf8 {
      word = word << 8 | UInt64(byte)
      count += 1
      if count % 8 == 0 { hasher.combine(word) }
    }
    hasher.combine(word)
    hasher.combine(count)
  }
}

/// What holds for every name and id that the store must find again.
enum NameRule {
  static let byteLimit = 1024

  static func check(_ text: String, _ what: String) throws(LetheError) {
    guard !text.isEmpty else { throw LetheError(.input, "\(what) is empty; give one") }
    guard text.utf8.count <= byteLimit else {
      throw LetheError(.input, "\(what) is longer than 1,024 bytes; shorten it")
    }
    guard !text.utf8.contains(0) else { throw LetheError(.input, "\(what) holds a NUL character; remove it") }
  }
}
