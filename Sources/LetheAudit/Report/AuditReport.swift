public import LetheSystem

/// What one check of an audit found.
public struct AuditCheck: Sendable, Equatable {
  /// `A6`, …, by the numbers that auditors know.
  public let id: String
  public let name: String
  public let answer: Answer
  /// Counts if it passed, what speaks against it, or what it would need: positions and case ids, never anything personal.
  public let detail: String

  /// What it found, or that it found nothing out: what could not be checked has neither passed nor failed.
  public enum Answer: String, Sendable, CaseIterable {
    /// The log, or what opens, proves it.
    case proven
    /// The operator says so.
    case attested
    case notChecked = "not-checked"
    case failed
  }

  /// Whether nothing speaks against it.
  public var ok: Bool { answer != .failed }
}

/// What an audit found.
public struct AuditReport: Sendable, Equatable {
  public let checks: [AuditCheck]
  /// What kept the checks that need keys from being finished, a process that has the home open for example, or the store
  /// from being closed behind them; nil if nothing did.
  public let obstacle: LetheError?

  public init(checks: [AuditCheck], obstacle: LetheError? = nil) {
    self.checks = checks
    self.obstacle = obstacle
  }

  /// Whether no check failed.
  public var ok: Bool { checks.allSatisfy(\.ok) }
  /// Whether every check was made.
  public var isComplete: Bool { !checks.contains { $0.answer == .notChecked } }
}

extension AuditReport: CustomStringConvertible {
  /// One line a check: number, answer, name, detail.
  public var description: String {
    let width = checks.map(\.name.count).max() ?? 0
    let answerWidth = AuditCheck.Answer.allCases.map(\.word.count).max() ?? 0
    return checks.map { check in
      [
        check.id.padded(to: 4), check.answer.word.padded(to: answerWidth + 1), check.name.padded(to: width + 1),
        check.detail,
      ].joined(separator: " ")
    }.joined(separator: "\n")
  }
}

extension AuditCheck.Answer {
  /// As people read it.
  fileprivate var word: String {
    switch self {
    case .proven: "proven"
    case .attested: "attested"
    case .notChecked: "not checked"
    case .failed: "FAILED"
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
