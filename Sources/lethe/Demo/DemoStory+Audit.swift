internal import LetheAudit
internal import LetheStore
internal import LetheSystem

/// What an auditor sees of it.
extension DemoStory {
  mutating func verify() throws(LetheError) {
    let report = try Auditor.verify(folders.home, waiting: .zero, in: world)
    let failed = report.checks.filter { !$0.ok }.map(\.id)
    try teller.step(
      "verify", report.ok && !report.checks.isEmpty,
      "An auditor checks the home by \(report.checks.count.counted("rule")), from order and integrity to \"no key is gone "
        + "without an approved case\": \(failed.isEmpty ? "all pass" : "failed are \(failed.joined(separator: ", "))")."
    )
  }

  mutating func drill() throws(LetheError) {
    let report = try Drill.run(folders.home, backup: folders.backup.path, waiting: .zero, in: world)
    try teller.step(
      "drill",
      report.ok && report.aloneOpened == 0 && report.shredded.of > 0 && report.shredded.opened == 0
        && report.living.of > 0,
      "The restore drill pools the backup with today's pages and today's root: \(report.living.opened.grouped) of "
        + "\(report.living.of.grouped) living parts open, and \(report.shredded.opened) of \(report.shredded.of) forgotten ones;",
      "the backup alone opens \(report.aloneOpened).")
  }

  /// The trial home holds the root cell of the backup's day: the drill must find it and fail.
  mutating func drillWithOldRootCell() throws(LetheError) {
    let report = try Drill.run(folders.home, backup: folders.trial.path, waiting: .zero, in: world)
    try teller.step(
      "control", !report.ok && report.rootCellFound && report.rootCellOpens > 0,
      "Put the root cell of that day into the copy, as no backup may, and the drill fails: it opens "
        + "\(report.rootCellOpens) parts that were forgotten.")
  }
}
