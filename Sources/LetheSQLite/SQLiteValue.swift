/// One value as SQLite stores it; prints its kind and size alone, because columns hold personal data.
package enum SQLiteValue: Sendable, Equatable {
  case null
  case integer(Int64)
  /// A finite or infinite number; SQLite has no NaN, binding one is refused.
  case real(Double)
  /// May be empty or hold NUL.
  case text(String)
  /// May be empty, which is not `null`.
  case blob([UInt8])
}

extension SQLiteValue: ExpressibleByNilLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  package init(nilLiteral: ()) { self = .null }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(stringLiteral value: String) { self = .text(value) }
}

extension SQLiteValue: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String {
    switch self {
    case .null: "null"
    case .integer: "integer"
    case .real: "real"
    case .text(let text): "text of \(text.utf8.count) bytes"
    case .blob(let bytes): "blob of \(bytes.count) bytes"
    }
  }

  package var debugDescription: String { description }

  package var customMirror: Mirror { Mirror(self, children: []) }
}
