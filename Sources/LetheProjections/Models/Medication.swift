public import LetheSystem

/// The sample: which medication each patient takes at present.
///
/// `MedicationPrescribed` begins one, `MedicationStopped` with the same code and start ends it; the data of both have
/// `code` and `start` (an RFC 3339 time or a date), the first also `description`.
public struct Medication: ReadModel {
  public let name = "medication"
  public let columns: [Column] = [.key("code"), .value("description"), .key("start")]

  public init() {}

  public func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {
    guard part.kind == .personal, let code = part.text("data", "code") else { return }
    let start = part.text("data", "start") ?? ""
    switch part.type {
    case "MedicationPrescribed":
      let description = part.text("data", "description").map(RowValue.text) ?? .null
      try rows.put(["code": .text(code), "description": description, "start": .text(start)])
    case "MedicationStopped": try rows.remove(["code": .text(code), "start": .text(start)])
    case _: return
    }
  }
}
