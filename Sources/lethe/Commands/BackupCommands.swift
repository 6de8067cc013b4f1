internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe backup` and `lethe restore`.
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

  static let restore = Command(
    "restore", "Puts pages of a replica or a backup in the place of lost ones, under the root cell in Keys/.",
    options: [
      Option("--from", "DIR", .required, "The replica's or backup's folder; its Log/ serves if the home has no log.")
    ],
    example: "lethe restore --from /mnt/b/lethe-keys"
  ) { (invocation) throws(LetheError) in
    let folder = invocation.arguments.value(of: "--from") ?? ""
    let summary = try Store.restore(
      invocation.home, from: folder, waiting: invocation.patience, in: invocation.world)
    try invocation.result(
      .object([
        "epoch": .int(summary.epoch), "pages": .int(summary.pages), "records": .int(summary.records),
        "log": .string(summary.log.rawValue), "replicas": .array(summary.replicas.map { .string($0) }),
      ]),
      "Restored \(summary.pages.counted("page")); the store is at epoch \(summary.epoch) with "
        + "\(summary.records.counted("record")), its log \(summary.log == .kept ? "as it was" : "from the copy").",
      summary.replicas.isEmpty
        ? "There is no replica; add one with `lethe replica add DIR`."
        : "Replicas: \(summary.replicas.joined(separator: ", ")).")
    return .success
  }
}
