internal import LetheCompliance
internal import LethePolicies
internal import LetheProjections
internal import LetheStore
internal import LetheSystem

/// `lethe forget now`.
enum ForgetNowCommand {
  private static let grounds = Ground.allCases.map(\.rawValue)

  static let command = Command(
    "forget now", "Destroys a subject's keys, for ever: requests, approves and carries out a forget case in one.",
    operands: [Operand("ID", "The subject's id, as events name it in `datasubject`.")],
    options: [
      Option("--category", "C", .repeated, "Only what was recorded for this purpose; everything unless given."),
      Option("--ground", "G", .required, "Why, as in Art. 17(1) GDPR: 17-1-a to 17-1-f."),
      Option("--by", "WHO", .required, "The staff id of who handles the case."),
      Option("--approver", "WHO", .required, "The staff id of who approves it."),
    ],
    naming: .operand("ID"), example: "lethe forget now P-1042 --ground 17-1-b --by j.doe --approver m.lee", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let subject = arguments.operand("ID") ?? ""
    guard let ground = Ground(rawValue: arguments.value(of: "--ground") ?? "") else {
      throw LetheError(.usage, "--ground takes \(grounds.formattedAsChoice); write one of them")
    }
    let (handler, approver) = try arguments.handlerAndApprover()
    let outcome = try await invocation.withStore { (store) throws(LetheError) in
      let desk = try ForgetDesk(store)
      do throws(LetheError) {
        return try desk.forgetNow(
          subject: subject, categories: arguments.values(of: "--category"), ground: ground, by: handler,
          approver: approver, waiting: invocation.patience)
      } catch {
        // A forget that is held up has begun all the same; who owed before was named when the store was opened.
        let known = Set(desk.owed.map(\.name))
        invocation.tellOfOwed(desk.recipients().filter { !known.contains($0.name) })
        throw error
      }
    }
    return try report(outcome, invocation)
  }

  /// The keys are gone whatever the read models say; one that owes its purge is named, and the exit code tells.
  private static func report(
    _ outcome: ForgetDesk.Outcome, _ invocation: Invocation
  ) throws(LetheError) -> ExitCode {
    invocation.tellOfOwed(outcome.recipients)
    let note = "\(invocation.home.certificates)/\(outcome.caseID).note"
    let certificate = invocation.world.files.exists(note) ? note : nil
    try invocation.result(
      .object([
        "case": .string(outcome.caseID),
        "state": .string("completed"),
        "epoch": .object(["from": .int(outcome.epochBefore), "to": .int(outcome.epochAfter)]),
        "records": .int(outcome.events),
        "certificate": .text(certificate),
        "recipients": .array(
          outcome.recipients.map { answer in
            .object(["name": .string(answer.name), "state": .string(answer.isOwed ? "owed" : "acknowledged")])
          }),
      ]),
      "Case \(outcome.caseID) completed: the keys of \(outcome.events.counted("record")) are destroyed, epoch "
        + "\(outcome.epochBefore) became \(outcome.epochAfter).",
      certificate.map { "Certificate: \($0)" } ?? "No certificate was written.")
    return outcome.recipients.contains(where: \.isOwed) ? .failed : .success
  }
}

extension ParsedArguments {
  /// Who handles a case (`--by`) and who approves it (`--approver`).
  func handlerAndApprover() throws(LetheError) -> (StaffID, StaffID) {
    (try staff("--by"), try staff("--approver"))
  }

  private func staff(_ option: String) throws(LetheError) -> StaffID {
    do { return try StaffID(value(of: option) ?? "") } catch {
      throw LetheError(.usage, "\(option): \(error.message)")
    }
  }
}
