internal import LethePolicies
internal import LetheSQLite
internal import LetheSystem

/// A value in a row of a read model.
public enum RowValue: Sendable, Equatable {
  case null
  case integer(Int64)
  /// Any number but NaN.
  case real(Double)
  case text(String)
}

extension RowValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(nilLiteral: ()) { self = .null }
}

extension RowValue {
  var stored: SQLiteValue {
    switch self {
    case .null: .null
    case .integer(let number): .integer(number)
    case .real(let number): .real(number)
    case .text(let text): .text(text)
    }
  }

  /// - Throws: `damage` for a blob, which no model stores.
  init(_ stored: SQLiteValue) throws(LetheError) {
    switch stored {
    case .null: self = .null
    case .integer(let number): self = .integer(number)
    case .real(let number): self = .real(number)
    case .text(let text): self = .text(text)
    case .blob: throw LetheError(.damage, "a row of a read model holds a blob; rebuild it")
    }
  }

  var json: JSONValue {
    switch self {
    case .null: .null
    case .integer(let number): JSONNumber(String(number)).map(JSONValue.number) ?? .null
    // An infinite number has no form in JSON.
    case .real(let number): JSONNumber(String(number)).map(JSONValue.number) ?? .null
    case .text(let text): .string(text)
    }
  }
}
