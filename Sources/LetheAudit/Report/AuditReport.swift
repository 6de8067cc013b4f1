public import LetheSystem

/// What one check of an audit found.
public struct AuditCheck: Sendable, Equatable {
  /// `A6`, …, by the numbers that auditors know.
  public let id: String
  public let name: String
  /// Whether nothing speaks against it; false too if it could not be made.
  public let ok: Bool
  /// Counts if it passed, else what speaks against it: positions and case ids, never anything personal.
  public let detail: String
}

/// What an audit found.
public struct AuditReport: Sendable, Equatable {
  public let checks: [AuditCheck]
  /// Who has the home open, so that the checks that need keys were not made; nil if they were.
  public let obstacle: LetheError?

  public init(checks: [AuditCheck], obstacle: LetheError? = nil) {
    self.checks = checks
    self.obstacle = obstacle
  }

  /// Whether every check passed.
  public var ok: Bool { checks.allSatisfy(\.ok) }
}

extension AuditReport: CustomStringConvertible {
  /// One line a check: number, verdict, name, detail.
  public var description: String {
    let width = checks.map(\.name.count).max() ?? 0
    return checks.map { check in
      let id = check.id + String(repeating: " ", count: max(0, 4 - check.id.count))
      let name = check.name + String(repeating: " ", count: width - check.name.count)
      return "\(id) \(check.ok ? "pass" : "FAIL")  \(name)  \(check.detail)"
    }.joined(separator: "\n")
  }
}
