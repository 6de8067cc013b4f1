internal import LetheCrypto
internal import LetheSystem
internal import LetheVault

/// What the fence tells of an id or a name that the directory does not have.
enum Fencing {
  case none
  case forgotten
  /// It may be of the subject of a forget that is held up: new pages and root are in use, and an old root may still open
  /// in a cell that is away.
  case departing
}

extension StoreParts {
  /// After a start nothing tells whose forget is held up, for that is what its new epoch took away. All that is known is
  /// which fence page the epoch wrote, so whoever is on it counts as departing until the log says that the keys are gone,
  /// somebody who was forgotten long before too: nobody is called forgotten who may not be yet. In the process that began
  /// the forget the directory finds the subject, and this says `forgotten` of all others.
  ///
  /// - Throws: `missing-key` if the page that would tell does not open.
  func fencing(of value: Digest, _ forgets: ForgetLedger) throws(LetheError) -> Fencing {
    guard try vault.fenceEntry(value) != nil else { return .none }
    guard !directory.hasDeparting, vault.hasNewFencePage(for: value) else { return .forgotten }
    let cases = Set(vault.punctures.compactMap(\.caseID))
    return forgets.open.contains { cases.contains($0.caseID) } ? .departing : .forgotten
  }
}
