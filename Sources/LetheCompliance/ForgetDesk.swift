internal import LethePolicies
public import LetheStore
public import LetheSystem
internal import LetheVault

/// Where officers have people forgotten: every forget is a case in the log, from intake to the destruction of the keys.
public struct ForgetDesk: Sendable {
  private let store: Store

  public init(_ store: Store) { self.store = store }

  /// What a forget did.
  public struct Outcome: Sendable, Equatable {
    /// 32 hexadecimal digits; the requester keeps them.
    public let caseID: String
    public let epochBefore: UInt64
    public let epochAfter: UInt64
    /// Events that had a part under the destroyed keys.
    public let events: Int
  }

  /// Takes in, identifies, assesses, approves and carries out a forget in one go; at return the keys are gone for ever.
  ///
  /// - Parameters:
  ///   - subject: the subject's id.
  ///   - categories: which to forget; none means all.
  ///   - ground: why; sealed with the case.
  ///   - handler: who takes the case in.
  ///   - approver: who approves it.
  /// - Throws: `policy` if four eyes are asked for and handler and approver are one; `shredded`, `restricted`, `refused`:
  ///   nothing was changed. Any other error: from `ForgetStarted` on the subject is restricted, and the next start or
  ///   the same call finishes the case; `io` with a replica's number if it waits for that replica.
  public func forgetNow(
    subject: String, categories: [String] = [], ground: Ground, by handler: StaffID, approver: StaffID
  ) throws(LetheError) -> Outcome {
    guard handler != approver || !store.policies.requiresFourEyes else {
      throw LetheError(.policy, "policy asks for four eyes; let somebody else approve")
    }
    return try store.perform { (writer) throws(LetheError) in
      // A case that waited for a replica is finished rather than begun again.
      if let done = try writer.resumeForget(ofSubject: subject) {
        return Outcome(caseID: done.caseID.hex, epochBefore: done.from, epochAfter: done.to, events: done.events)
      }
      let index = try writer.subject(subject)
      let caseID = try writer.newCaseID()
      let extent = try writer.extent(of: index)
      try Self.check(categories, extent)
      let staff = [try writer.staffNumber(handler.text), try writer.staffNumber(approver.text)]
      let due = LegalClock.dueDay(receivedOn: LegalClock.day(of: writer.now))
      // One batch, so that all steps share a sync.
      let details = ["channel", "command line", "ground", ground.rawValue]
      let drafts = ForgetCase.untilApproval.map { state in
        let step = CaseStep(
          caseID: caseID, state: state, staff: state == .approved ? staff : [staff[0]], dueDay: due,
          extent: extent.digest)
        return StoreWriter.FactDraft(.caseStep(step), .subject(index, state == .received ? details : []))
      }
      let approval = try writer.record(drafts) + UInt64(drafts.count - 1)
      let epochs = try writer.forget(caseID, approval: approval, subject: index)
      return Outcome(caseID: caseID.hex, epochBefore: epochs.from, epochAfter: epochs.to, events: extent.events)
    }
  }

  /// Confirms a forget that a restore recovered from the vault's pages because the log had lost it.
  ///
  /// - Throws: `policy` if four eyes are asked for and both are one; `refused` if the case was not recovered or is confirmed
  ///   already; `input` unless the id is one.
  public func confirmRecovered(_ caseID: String, by handler: StaffID, approver: StaffID) throws(LetheError) {
    guard let id = CaseID(hex: caseID) else {
      throw LetheError(.input, "a case id has 32 hexadecimal digits; correct it")
    }
    guard handler != approver || !store.policies.requiresFourEyes else {
      throw LetheError(.policy, "policy asks for four eyes; let somebody else approve")
    }
    try store.perform { (writer) throws(LetheError) in
      try writer.confirmRecovered(
        id, by: [try writer.staffNumber(handler.text), try writer.staffNumber(approver.text)])
    }
  }

  /// Categories that the subject has; naming all of them is the same as naming none.
  private static func check(_ categories: [String], _ extent: Extent) throws(LetheError) {
    // By bytes: texts that Swift holds equal may be different categories.
    let known = Set(extent.categories.map { Array($0.utf8) })
    let named = Set(categories.map { Array($0.utf8) })
    guard named.isSubset(of: known) else {
      throw LetheError(.refused, "the subject has nothing in one of the categories; see `lethe subject show`")
    }
    guard named.isEmpty || named == known else {
      throw LetheError(.refused, "forgetting some categories and not others is not possible yet; name all or none")
    }
  }
}
