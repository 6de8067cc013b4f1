internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe backup`.
enum BackupCommands {
  static let backup = Command(
    "backup", "Copies log and sealed pages, never a root; the copy opens only until the next epoch.",
    options: [Option("--to", "DIR", .required, "A new folder for the copy.")],
    example: "lethe backup --to /backup/monday"
  ) { (invocation) throws(LetheError) in
    let folder = invocation.arguments.value(of: "--to") ?? ""
    let summary = try await invocation.withStore { (store) throws(LetheError) in try store.backUp(to: folder) }
    try invocation.result(
      .object([
        "backup": .string(folder), "epoch": .int(summary.epoch), "records": .int(summary.records),
        "pages": .int(summary.pages),
      ]),
      "Copied \(summary.records.counted("record")) and \(summary.pages.counted("page")) to \(folder), without root cell "
        + "and signing key.",
      "Its pages open only until the next epoch (this one is \(summary.epoch)): after the next forget, or when new key "
        + "blocks are made,",
      "they open nothing, and a restore takes the pages of a replica. The log in it stays good.")
    return .success
  }
}
