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
            "detail": .string(check.detail),
          ])
        }),
    ])
    try invocation.result(json, report.description, report.ok ? "Every check passed." : failure(report))
    if let obstacle = report.obstacle {
      try invocation.console.note("lethe: \(obstacle.message)")
      return ExitCode(obstacle.code)
    }
    return report.ok ? .success : .failed
  }

  private static func failure(_ report: AuditReport) -> String {
    let failed = report.checks.filter { !$0.ok }.map(\.id)
    return "\(failed.count.counted("check")) of \(report.checks.count) failed: \(failed.joined(separator: ", "))."
  }
}
