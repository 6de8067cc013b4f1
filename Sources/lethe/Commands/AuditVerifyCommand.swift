internal import LetheAudit
internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe audit verify`: the checks without keys take no lock, those with keys the home's.
enum AuditVerifyCommand {
  static let command = Command(
    "audit verify",
    "Checks the home: the log against its signed checkpoints, every key against a case, and what opens.",
    example: "lethe audit verify --json", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let report = try Auditor.verify(invocation.home, waiting: invocation.patience, in: invocation.world)
    let json = JSONValue.object([
      "ok": .bool(report.ok),
      "checks": .array(
        report.checks.map { check in
          .object([
            "id": .string(check.id), "name": .string(check.name), "ok": .bool(check.ok),
            "answer": .string(check.answer.rawValue), "detail": .string(check.detail),
          ])
        }),
    ])
    try invocation.result(json, report.description, verdict(report))
    if let obstacle = report.obstacle { invocation.console.note("lethe: \(obstacle.message)") }
    guard report.ok else { return .failed }
    return report.isComplete ? .success : .notChecked
  }

  private static func verdict(_ report: AuditReport) -> String {
    func ids(_ answer: AuditCheck.Answer) -> [String] { report.checks.filter { $0.answer == answer }.map(\.id) }
    let (failed, unmade) = (ids(.failed), ids(.notChecked))
    let rest = unmade.isEmpty ? "" : "not checked: \(unmade.joined(separator: ", "))."
    if !failed.isEmpty {
      let end = rest.isEmpty ? "." : "; \(rest)"
      return "\(failed.count.counted("check")) of \(report.checks.count) failed: "
        + "\(failed.joined(separator: ", "))\(end)"
    }
    return rest.isEmpty ? "Every check passed." : "No check failed; \(rest)"
  }
}
