internal import LetheLog
public import LetheStore
public import LetheSystem
internal import LetheVault

/// Verifies a home: what can be seen without a key first, then what opens.
public enum Auditor {
  /// Makes all checks that need no other input. Blocks; reads the whole log three times.
  ///
  /// The part without keys takes no lock. The other opens the store as any command does: it waits for the lock and
  /// finishes what a crash left.
  ///
  /// - Parameter patience: how long to wait for another process that has the home open.
  /// - Throws: `locked`; `io`, also if there is no home. Damage, missing
  ///   keys and files, and a roll-back are findings of the report.
  public static func verify(
    _ home: Home, waiting patience: Duration = .seconds(5), in world: World = World()
  ) throws(LetheError) -> AuditReport {
    let closed = try ClosedHome(home, in: world)
    let checkpoints = try closed.checkpoints()
    let evidence: Evidence
    let log: FileLog
    do throws(LetheError) {
      log = try closed.verifiedLog()
      evidence = try Evidence(scanning: log)
    } catch {
      guard error.isFinding else { throw error }
      var findings = Findings()
      findings.add(error)
      let others = CheckKind.allCases.filter { $0 != .integrity }
      return AuditReport(
        unordered: [findings.check(.integrity, "")] + others.map { $0.unmade("the log cannot be read") })
    }
    var checkpointCheck = CheckpointCheck(log: log, evidence: evidence)
    try checkpointCheck.run(published: checkpoints.published, trusted: checkpoints.trusted)
    let keyless = [
      checkpointCheck.integrity, try destruction(closed, evidence), CensusCheck.run(evidence),
      checkpointCheck.signatures,
    ]
    do throws(LetheError) {
      return AuditReport(unordered: keyless + (try withKeys(closed, evidence, patience, world)))
    } catch {
      guard error.code == .locked else { throw error }
      // What needs no key was checked all the same.
      let others = [CheckKind.shredded, .commitments].map { $0.unmade(error.message) }
      return AuditReport(unordered: keyless + others, obstacle: error)
    }
  }

  private static func destruction(_ closed: ClosedHome, _ evidence: Evidence) throws(LetheError) -> AuditCheck {
    do throws(LetheError) {
      let (evidence, shapes) = try closed.shapes(evidence)
      return DestructionCheck.run(evidence, shapes)
    } catch {
      guard error.isFinding else { throw error }
      return DestructionCheck.run(evidence, unreadable: error)
    }
  }

  private static func withKeys(
    _ closed: ClosedHome, _ evidence: Evidence, _ patience: Duration, _ world: World
  ) throws(LetheError) -> [AuditCheck] {
    let store: Store
    do throws(LetheError) {
      try closed.demand(closed.home.vault, closed.home.signingKey)
      try closed.demandCell(evidence)
      store = try Store.open(closed.home, waiting: patience, in: world)
    } catch {
      guard error.isFinding else { throw error }
      var findings = Findings()
      findings.add(error)
      return [CheckKind.shredded.unmade("the store does not open"), findings.check(.commitments, "")]
    }
    var check = OpeningCheck(store)
    do throws(LetheError) { try check.run() } catch {
      try closeAfterFailure(store)
      throw error
    }
    try store.close()
    return [check.shredded, check.commitments]
  }

  private static func closeAfterFailure(_ store: Store) throws(LetheError) {
    do throws(LetheError) { try store.close() } catch {
      // The first error is the one to tell; a store that did not close starts as after a crash.
    }
  }
}
