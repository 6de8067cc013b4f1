internal import LetheCompliance
internal import LethePolicies
internal import LetheProjections
internal import LetheSystem

/// `lethe forget confirm`.
enum ForgetConfirmCommand {
  static let command = Command(
    "forget confirm", "Confirms a forget that a restore recovered from the pages, so that audits pass again.",
    operands: [Operand("CASE", "The case id, as `lethe restore` and `lethe audit verify` name it.")],
    options: [
      Option("--by", "WHO", .required, "The staff id of who confirms it."),
      Option("--approver", "WHO", .required, "The staff id of who approves that."),
    ],
    example: "lethe forget confirm 00112233445566778899aabbccddeeff --by j.doe --approver m.lee"
  ) { (invocation) throws(LetheError) in
    let caseID = invocation.arguments.operand("CASE") ?? ""
    let (handler, approver) = try invocation.arguments.handlerAndApprover()
    try await invocation.withStore { (store) throws(LetheError) in
      try ForgetDesk(store).confirmRecovered(caseID, by: handler, approver: approver)
    }
    try invocation.result(
      .object(["case": .string(caseID), "state": .string("completed")]), "Case \(caseID) is confirmed.")
    return .success
  }
}
