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
    let (outcome, answers) = try await invocation.withStore { (store) throws(LetheError) in
      let outcome = try ForgetDesk(store).forgetNow(
        subject: subject, categories: arguments.values(of: "--category"), ground: ground, by: handler,
        approver: approver)
      return (outcome, try Projections(store).catchUpAll())
    }
    return try report(outcome, answers, invocation)
  }

  /// The keys are gone whatever the read models say; one that failed is named, and the exit code tells.
  private static func report(
    _ outcome: ForgetDesk.Outcome, _ answers: [Acknowledgement], _ invocation: Invocation
  ) throws(LetheError) -> ExitCode {
    var failed: [String] = []
    for answer in answers {
      guard case .failed(let error) = answer.outcome else { continue }
      failed.append(answer.projection)
      try invocation.console.note(
        "lethe: the read model \(answer.projection) could not be purged; remove its file or run it again: \(error)")
    }
    let note = "\(invocation.home.certificates)/\(outcome.caseID).note"
    let certificate = invocation.world.files.exists(note) ? note : nil
    try invocation.result(
      .object([
        "case": .string(outcome.caseID),
        "state": .string("completed"),
        "epoch": .object(["from": .int(outcome.epochBefore), "to": .int(outcome.epochAfter)]),
        "records": .int(outcome.events),
        "certificate": .text(certificate),
        "unacknowledged": .array(failed.map { .string($0) }),
      ]),
      "Case \(outcome.caseID) completed: the keys of \(outcome.events.counted("record")) are destroyed, epoch "
        + "\(outcome.epochBefore) became \(outcome.epochAfter).",
      certificate.map { "Certificate: \($0)" } ?? "No certificate was written.")
    return failed.isEmpty ? .success : .failed
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
