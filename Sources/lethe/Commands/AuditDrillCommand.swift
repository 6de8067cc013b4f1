internal import LetheAudit
internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe audit drill`.
enum AuditDrillCommand {
  static let command = Command(
    "audit drill", "Tries an old copy with today's pages and root: all that lives must open, and nobody forgotten.",
    options: [
      Option("--backup", "DIR", .required, "The folder that holds the copy's Keys/ and Log/; it is not changed.")
    ],
    example: "lethe audit drill --backup /backup/monday", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let report = try Drill.run(
      invocation.home, backup: invocation.arguments.value(of: "--backup") ?? "", waiting: invocation.patience,
      in: invocation.world)
    let json = JSONValue.object([
      "ok": .bool(report.ok),
      "living": count(report.living),
      "shredded": count(report.shredded),
      "aloneOpened": .int(report.aloneOpened),
      "rootCellFound": .bool(report.rootCellFound),
      "rootCellOpens": .int(report.rootCellOpens),
      "reasons": .array(report.reasons.map { .string($0) }),
    ])
    try invocation.result(json, report.description)
    return report.ok ? .success : .failed
  }

  private static func count(_ count: DrillReport.Count) -> JSONValue {
    .object(["opened": .int(count.opened), "of": .int(count.of)])
  }
}
