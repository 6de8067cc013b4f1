public import LetheSystem

/// A JSON value that loses nothing an event's sender wrote: numbers keep their text, members their order.
public enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// One member of an object.
  public struct Member: Sendable {
    public let name: String
    public let value: JSONValue
    /// The bytes of the value in the text that was parsed; nil if it was not parsed.
    public let source: Range<Int>?

    public init(name: String, value: JSONValue, source: Range<Int>? = nil) {
      self.name = name
      self.value = value
      self.source = source
    }
  }

  /// Parses one JSON text (RFC 8259) in UTF-8 without a byte order mark.
  ///
  /// - Throws: `input` with line and column, also for a member name that comes twice, a lone surrogate, more than 128
  ///   containers in one another, and anything after the value.
  public init(parsing text: [UInt8]) throws(LetheError) {
    let document = try JSONDocument(text)
    self = document.value(document.root)
  }

  /// The value of an object's member of this name (compared by code points), if there is one.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
  }
}

extension JSONValue {
  /// Whether both are the same JSON: member order does not count, numbers are compared by their exact value, strings by
  /// code points.
  public func isEquivalent(to other: JSONValue) -> Bool {
    switch (self, other) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.number(let left), .number(let right)): left.isEquivalent(to: right)
    case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
    case (.array(let left), .array(let right)):
      left.count == right.count && zip(left, right).allSatisfy { $0.isEquivalent(to: $1) }
    case (.object(let left), .object(let right)): Self.areEquivalent(left, right)
    case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): false
    }
  }

  private static func areEquivalent(_ left: [Member], _ right: [Member]) -> Bool {
    guard left.count == right.count else { return false }
    if zip(left, right).allSatisfy({ $0.name.utf8.elementsEqual($1.name.utf8) }) {
      return zip(left, right).allSatisfy { $0.value.isEquivalent(to: $1.value) }
    }
    func sorted(_ members: [Member]) -> [Member] {
      members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
    return zip(sorted(left), sorted(right)).allSatisfy {
      $0.name.utf8.elementsEqual($1.name.utf8) && $0.value.isEquivalent(to: $1.value)
    }
  }
}
