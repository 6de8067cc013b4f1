public import LetheSystem

/// What a service wants to look up, kept as rows that a projection derives from the log.
///
/// A model is a value without state of its own: all that it knows is in its rows, each of which belongs to the key id of
/// the part that it came from. Forgetting a person therefore removes exactly that person's rows, whatever the model is:
///
///     struct Weights: ReadModel {
///       let name = "weights"
///       let columns: [Column] = [.key("day"), .value("kilograms")]
///
///       func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {
///         guard part.kind == .personal, part.type == "WeightMeasured",
///           let day = part.text("data", "day"), let weight = part.text("data", "kilograms")
///         else { return }
///         try rows.put(["day": .text(day), "kilograms": .text(weight)])
///       }
///     }
public protocol ReadModel: Sendable {
  /// The file's name without its ending: up to 64 of `a-z 0-9 - _`, beginning with a letter.
  var name: String { get }
  /// Another number than the file's, or other columns: the model is rebuilt.
  var version: Int { get }
  /// In the order in which rows are shown; at least one is a key.
  var columns: [Column] { get }
  var forgetting: ForgetBehaviour { get }

  /// Takes in one part of an event, in the order of the log, exactly once.
  ///
  /// It depends on nothing but the part and the rows, or a rebuilt model would differ.
  /// - Throws: what keeps the projection from going on; the rows are then as before the transaction.
  func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError)
}

extension ReadModel {
  public var version: Int { 1 }
  public var forgetting: ForgetBehaviour { .purgesRows }
}

/// What happens to a model when keys are destroyed.
public enum ForgetBehaviour: String, Sendable {
  /// Each part sees the rows of its own key id alone, and a forget removes those of the key ids that it names.
  case purgesRows = "purges-rows"
  /// All parts share all rows, as totals over many people must; any forget empties the model and it starts again from
  /// position 0. Costs a reading of the whole log for each run that meets a forget.
  case rebuilds
}

/// A column of a model's rows: up to 64 of `a-z 0-9 _`, beginning with a letter; not `kid`, `position` or `subject`.
public struct Column: Sendable, Hashable {
  public enum Role: String, Sendable {
    /// Part of what tells two rows of one key id apart; never null.
    case key
    case value
  }

  public let name: String
  public let role: Role

  public static func key(_ name: String) -> Column { Column(name: name, role: .key) }
  public static func value(_ name: String) -> Column { Column(name: name, role: .value) }
}

extension ReadModel {
  /// - Throws: `input` if a name cannot be one of a file or a column.
  func check() throws(LetheError) {
    guard Self.isName(name, alsoAllowing: "-_") else {
      throw LetheError(.input, "a read model's name is not of a-z, 0-9, - and _, beginning with a letter; rename it")
    }
    let names = columns.map(\.name)
    guard columns.contains(where: { $0.role == .key }), Set(names).count == names.count,
      names.allSatisfy({ Self.isName($0, alsoAllowing: "_") && !["kid", "position", "subject"].contains($0) })
    else {
      throw LetheError(
        .input,
        "the columns of the read model \(name) do not serve; give each a name of its own of a-z, 0-9 and _, and one the role of key"
      )
    }
  }

  private static func isName(_ text: String, alsoAllowing others: String) -> Bool {
    guard let first = text.utf8.first, first &- 97 < 26, text.utf8.count <= 64 else { return false }
    return text.utf8.allSatisfy { $0 &- 97 < 26 || $0 &- 48 < 10 || others.utf8.contains($0) }
  }
}
