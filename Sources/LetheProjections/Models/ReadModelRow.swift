internal import LethePolicies
public import LetheVault

/// A row of a read model, as `show` gives it.
public struct ReadModelRow: Sendable, Equatable {
  /// The key id of the part that it came from; nil in a model that rebuilds on a forget.
  public let kid: KeyID?
  /// In the order of the model's columns.
  public let columns: [String]
  public let values: [RowValue]
  /// Of the event that wrote it last.
  public let position: UInt64

  /// Whose row it is, by number; nil if nobody's.
  public var subject: SubjectIndex? { kid.flatMap { SubjectIndex($0) } }

  /// One JSON object in UTF-8 without a line end: `subject` (text or null), the columns, `position`.
  public var json: [UInt8] {
    var members = [JSONValue.Member(name: "subject", value: subject.map { .string($0.description) } ?? .null)]
    for (name, value) in zip(columns, values) { members.append(.init(name: name, value: value.json)) }
    members.append(.init(name: "position", value: RowValue.integer(Int64(clamping: position)).json))
    return JSONValue.object(members).compactText
  }
}
