internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe home migrate`: for homes of the version before.
enum HomeCommands {
  private static let acceptUnsealedEnd = Option(
    "--accept-unsealed-end", nil, .optional,
    "Takes over records behind the newest checkpoint too, for which nobody vouches.")

  static let migrate = Command(
    "home migrate", "Brings a home of the format before group seals to the present one; make a backup first.",
    options: [acceptUnsealedEnd], example: "lethe home migrate"
  ) { (invocation) throws(LetheError) in
    let summary = try Store.migrate(
      invocation.home, acceptingUnsealedEnd: invocation.arguments.has(acceptUnsealedEnd),
      waiting: invocation.patience, in: invocation.world)
    try invocation.result(
      .object(["records": .int(summary.records), "accepted": .int(summary.acceptedRecords)]),
      "The home is of the present format, with \(summary.records.counted("record")); earlier versions do not open it any "
        + "more.")
    return .success
  }
}
