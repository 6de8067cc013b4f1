import LetheSystem

@testable import LetheProjections

/// Counts each patient's prescriptions by code: rows that are written over again and again.
struct Prescriptions: ReadModel {
  let name = "prescriptions"
  let columns: [Column] = [.key("code"), .value("count"), .value("latest")]

  func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {
    guard part.kind == .personal, part.type == "MedicationPrescribed", let code = part.text("data", "code") else {
      return
    }
    var count: Int64 = 0
    if case .integer(let known)? = try rows.row(["code": .text(code)])?["count"] { count = known }
    let latest = part.text("data", "description").map(RowValue.text) ?? .null
    try rows.put(["code": .text(code), "count": .integer(count + 1), "latest": latest])
  }
}

/// Prescriptions by code over everybody, from personal parts: cannot be keyed by person.
struct Totals: ReadModel {
  let name = "totals"
  let columns: [Column] = [.key("code"), .value("count"), .value("latest")]
  let forgetting = ForgetBehaviour.rebuilds

  func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {
    try Prescriptions().apply(part, to: rows)
  }
}

/// Counts events by type and code out of what is retained: outlives every forget.
struct Retained: ReadModel {
  let name = "retained"
  let columns: [Column] = [.key("type"), .key("code"), .value("count")]

  func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {
    guard part.kind == .retained, let type = part.type, let code = part.text("data", "code") else { return }
    let key: [String: RowValue] = ["type": .text(type), "code": .text(code)]
    var count: Int64 = 0
    if case .integer(let known)? = try rows.row(key)?["count"] { count = known }
    try rows.put(key.merging(["count": .integer(count + 1)]) { _, new in new })
  }
}

/// Throws at one position, after it has written a row there, for as long as it is told to.
struct Failing: ReadModel {
  let model: any ReadModel
  let position: UInt64

  var name: String { model.name }
  var version: Int { model.version }
  var columns: [Column] { model.columns }
  var forgetting: ForgetBehaviour { model.forgetting }

  func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {
    try model.apply(part, to: rows)
    if part.position == position { throw LetheError(.refused, "the model fails here") }
  }
}
