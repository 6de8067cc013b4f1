internal import LetheCompliance
internal import LetheLog
internal import LetheProjections
public import LetheStore
public import LetheSystem
internal import LetheVault

/// Verifies a home: what can be seen without a key first, then what opens.
public enum Auditor {
  /// Makes all checks that need no other input. Blocks; reads the whole log three times.
  ///
  /// The part without keys takes no lock, writes nothing, and needs nothing but Log/. The other opens the store as any
  /// command does: it waits for the lock, finishes what a crash left, and has read models purge what was found due.
  ///
  /// - Parameter patience: how long to wait for another process that has the home open.
  /// - Throws: `io`, also if there is no log. Damage and a roll-back are findings of the report; what needs a key that is not
  ///   there, or that somebody else has, is not checked, and the report says so.
  public static func verify(
    _ home: Home, waiting patience: Duration = .seconds(5), in world: World = World()
  ) throws(LetheError) -> AuditReport {
    let closed = try ClosedHome(home, needing: .log, in: world)
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
      try ReadModelCheck.run(closed, log, evidence), checkpointCheck.signatures,
    ]
    do throws(LetheError) {
      let keyed = try withKeys(closed, evidence, patience, world)
      return AuditReport(unordered: keyless + keyed.checks, obstacle: keyed.obstacle)
    } catch {
      // What needs no key was checked all the same.
      let others = [CheckKind.shredded, .commitments].map { $0.unmade(error.message) }
      return AuditReport(unordered: keyless + others, obstacle: error)
    }
  }

  private static func destruction(_ closed: ClosedHome, _ evidence: Evidence) throws(LetheError) -> AuditCheck {
    guard closed.has(closed.home.vault) else {
      return DestructionCheck.run(evidence, without: "Keys/vault.sqlite is missing")
    }
    do throws(LetheError) {
      let (evidence, shapes) = try closed.shapes(evidence)
      return DestructionCheck.run(evidence, shapes)
    } catch {
      guard error.isFinding else { throw error }
      return DestructionCheck.run(evidence, unreadable: error)
    }
  }

  /// The checks that need keys, and what kept them from being finished or the store from being closed.
  ///
  /// - Throws: what keeps the checks from being begun.
  private static func withKeys(
    _ closed: ClosedHome, _ evidence: Evidence, _ patience: Duration, _ world: World
  ) throws(LetheError) -> (checks: [AuditCheck], obstacle: LetheError?) {
    try closed.demand(closed.home.vault, closed.home.signingKey)
    if evidence.places != nil, !closed.has(closed.home.nextPlaces) { try closed.demand(closed.home.places) }
    let store: Store
    do throws(LetheError) {
      try closed.demandCell(evidence)
      store = try Store.open(closed.home, waiting: patience, in: world)
    } catch {
      guard error.isFindingOfOpening else { throw error }
      var findings = Findings()
      findings.add(error)
      return ([CheckKind.shredded.unmade("the store does not open"), findings.check(.commitments, "")], nil)
    }
    var check = OpeningCheck(store)
    var obstacle: LetheError?
    do throws(LetheError) {
      _ = try ForgetDesk(store)
      try check.run()
    } catch { obstacle = check.stop(by: error) }
    do throws(LetheError) { try store.close() } catch {
      // The first error is the one to tell; a store that did not close starts as after a crash.
      obstacle = obstacle ?? check.noteFinding(error)
    }
    return ([check.shredded, check.commitments], obstacle)
  }
}
