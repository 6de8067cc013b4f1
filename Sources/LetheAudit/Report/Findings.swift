internal import LetheSystem

/// What speaks against one check, as it is found; the first ones in words, the rest counted.
struct Findings {
  private static let told = 4

  private var first: [String] = []
  private var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func add(_ finding: String) {
    count += 1
    if first.count < Self.told { first.append(finding) }
  }

  mutating func add(_ error: LetheError) { add(error.finding) }

  /// The check, with the answer and what to say if nothing was found.
  func check(
    _ kind: CheckKind, as answer: AuditCheck.Answer = .proven, _ passed: @autoclosure () -> String
  ) -> AuditCheck {
    guard !isEmpty else { return AuditCheck(id: kind.rawValue, name: kind.name, answer: answer, detail: passed()) }
    let more = count > first.count ? ["and \(count - first.count) more"] : []
    return AuditCheck(
      id: kind.rawValue, name: kind.name, answer: .failed, detail: (first + more).joined(separator: "; "))
  }
}

/// The checks that need nothing but a home.
enum CheckKind: String, CaseIterable {
  case integrity = "A1"
  case shredded = "A5"
  case census = "A6"
  case commitments = "A7"
  case readModels = "A9"
  case destruction = "A10"
  case signatures = "A13"

  var name: String {
    switch self {
    case .integrity: "log is whole and as signed"
    case .signatures: "checkpoints are signed by the log's key"
    case .destruction: "no key is gone without an approved case"
    case .census: "every key in the log is live, restricted or shredded"
    case .shredded: "every part of the forgotten answers shredded"
    case .commitments: "every living key is the one logged, and opens"
    case .readModels: "every read model has purged whom the log forgot"
    }
  }

  /// The check as one that could not be made, with what it would need.
  func unmade(_ reason: String) -> AuditCheck {
    AuditCheck(id: rawValue, name: name, answer: .notChecked, detail: reason)
  }
}

extension AuditReport {
  /// By the checks' numbers.
  init(unordered checks: [AuditCheck], obstacle: LetheError? = nil) {
    let order = CheckKind.allCases.map(\.rawValue)
    self.init(checks: order.flatMap { id in checks.filter { $0.id == id } }, obstacle: obstacle)
  }
}

extension LetheError {
  /// Whether it says something about what is stored, not about the machine, a key that is not there, or who else uses the
  /// home.
  var isFindingOfOpening: Bool {
    switch code {
    case .damage, .rolledBack, .revisionConflict, .idConflict, .shredded, .restricted, .held, .policy, .unknownStream,
      .refused:
      true
    case .missingKey, .format, .input, .locked, .io, .usage: false
    }
  }

  /// The same of an error of reading, where a missing key or page and another format are findings too.
  var isFinding: Bool {
    switch code {
    case .damage, .missingKey, .rolledBack, .format, .revisionConflict, .idConflict, .shredded, .restricted, .held,
      .policy, .unknownStream, .refused, .input:
      true
    case .locked, .io, .usage: false
    }
  }

  /// The sentence and the place, if the sentence does not name it.
  var finding: String { place.map { message.contains($0) ? message : "\(message) [\($0)]" } ?? message }
}
