internal import LethePolicies
package import LetheStore
public import LetheSystem
internal import LetheVault

/// Where officers have people forgotten: every forget is a case in the log, from intake to the destruction of the keys, and
/// ends with the recipients, who remove what they derived from the person.
///
/// It is the only door for forgets, and it knows the recipients: nobody can forget a person and leave them out. Make one as
/// soon as a store is open, since a forget that was finished by the opening, or a crash after one, leaves purges due.
public struct ForgetDesk: Sendable {
  private let store: Store
  private let listRecipients: @Sendable () -> [any Recipient]
  /// Recipients whose purge was due when the desk was made, and still is: something kept them from it.
  public let owed: [RecipientAnswer]

  /// How long a purge that is due anyway waits for others that use a recipient's files.
  package static let shortPatience = Duration.milliseconds(100)

  /// Opens the desk and has recipients purge what is due.
  ///
  /// - Parameter recipients: all that there are at the time of the call.
  package init(_ store: Store, recipients: @escaping @Sendable () -> [any Recipient]) {
    self.store = store
    listRecipients = recipients
    owed = Self.settle(recipients(), of: store, waiting: Self.shortPatience).filter(\.isOwed)
  }

  /// What a forget did.
  public struct Outcome: Sendable, Equatable {
    /// 32 hexadecimal digits; the requester keeps them.
    public let caseID: String
    public let epochBefore: UInt64
    public let epochAfter: UInt64
    /// Events that had a part under the destroyed keys.
    public let events: Int
    /// Every recipient, and whether it has removed what it derived from the person.
    public let recipients: [RecipientAnswer]
  }

  /// How every recipient stands to the forgets of the log, without changing anything.
  public func recipients() -> [RecipientAnswer] { listRecipients().map(\.answer) }

  /// Has recipients purge what is due, and says how each stands then.
  ///
  /// - Parameter patience: how long to wait for others that use a recipient's files.
  public func settleRecipients(waiting patience: Duration = .seconds(5)) -> [RecipientAnswer] {
    Self.settle(listRecipients(), of: store, waiting: patience)
  }

  /// In a store that takes no writes nothing is purged, and what is due stays due.
  private static func settle(
    _ recipients: [any Recipient], of store: Store, waiting patience: Duration
  ) -> [RecipientAnswer] {
    store.writeRefusal == nil ? recipients.map { $0.settle(waiting: patience) } : recipients.map(\.answer)
  }

  /// Takes in, identifies, assesses, approves and carries out a forget in one go; at return the keys are gone for ever, and
  /// each recipient has acknowledged or is named as owing.
  ///
  /// - Parameters:
  ///   - subject: the subject's id.
  ///   - categories: which to forget; none means all.
  ///   - ground: why; sealed with the case.
  ///   - handler: who takes the case in.
  ///   - approver: who approves it.
  ///   - patience: how long to wait for others that use a recipient's files.
  /// - Throws: `policy` if four eyes are asked for and handler and approver are one; `shredded`, `restricted`, `refused`:
  ///   nothing was changed. Any other error: from `ForgetStarted` on the subject is restricted, and the next start or
  ///   the same call finishes the case; `io` with a replica's number if it waits for that replica. Recipients purge from
  ///   `ForgetStarted` on, whatever holds the case up.
  public func forgetNow(
    subject: String, categories: [String] = [], ground: Ground, by handler: StaffID, approver: StaffID,
    waiting patience: Duration = .seconds(5)
  ) throws(LetheError) -> Outcome {
    guard handler != approver || !store.policies.requiresFourEyes else {
      throw LetheError(.policy, "policy asks for four eyes; let somebody else approve")
    }
    let done: Done
    do throws(LetheError) {
      done = try carryOut(subject, categories, ground, handler, approver)
    } catch {
      // A forget that has begun cannot be taken back, so recipients can purge before it ends.
      _ = settleRecipients(waiting: Self.shortPatience)
      throw error
    }
    return Outcome(
      caseID: done.caseID.hex, epochBefore: done.epochs.from, epochAfter: done.epochs.to, events: done.events,
      recipients: settleRecipients(waiting: patience))
  }

  /// A case whose keys are gone.
  private struct Done {
    let caseID: CaseID
    let epochs: (from: UInt64, to: UInt64)
    let events: Int
  }

  private func carryOut(
    _ subject: String, _ categories: [String], _ ground: Ground, _ handler: StaffID, _ approver: StaffID
  ) throws(LetheError) -> Done {
    try store.perform { (writer) throws(LetheError) in
      // A case that waited for a replica is finished rather than begun again.
      if let done = try writer.resumeForget(ofSubject: subject) {
        return Done(caseID: done.caseID, epochs: (done.from, done.to), events: done.events)
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
      return Done(caseID: caseID, epochs: epochs, events: extent.events)
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
