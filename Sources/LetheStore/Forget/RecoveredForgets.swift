internal import LetheLog
package import LetheSystem
package import LetheVault

extension StoreWriter {
  /// Records that a forget which a restore recovered from the pages was meant: a case step, after which the audit passes.
  /// What was known of the case is lost with the records; its personal content died with the keys.
  ///
  /// - Parameter staff: numbers of who confirms it and who approves that.
  /// - Throws: `refused` if the case was not recovered, or is confirmed already; `io`.
  package func confirmRecovered(_ caseID: CaseID, by staff: [UInt32]) throws(LetheError) {
    let entry = parts.state.read { $0.index.forgets.cases[caseID] }
    guard let entry, let start = entry.start, start.fact.provenance == .recovered else {
      throw LetheError(
        .refused, "no forget was recovered under this case id; `lethe audit verify` lists those that were")
    }
    guard !entry.steps.contains(where: { $0.position > start.position && $0.step.state == .approved }) else {
      throw LetheError(.refused, "the case is confirmed already")
    }
    let step = CaseStep(caseID: caseID, state: .approved, staff: staff, dueDay: nil, extent: start.fact.extent)
    try record([FactDraft(.caseStep(step), .store(["recovered", "confirmed"]))])
  }
}
