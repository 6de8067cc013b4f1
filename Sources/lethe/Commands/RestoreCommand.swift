internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe restore`.
enum RestoreCommand {
  private static let acceptShorterLog = Option(
    "--accept-shorter-log", nil, .optional,
    "Goes on from a log that lost its end, under a new origin; what it lost is gone.")

  static let restore = Command(
    "restore", "Puts pages of a replica or a backup in the place of lost ones, under the root cell in Keys/.",
    options: [
      Option("--from", "DIR", .required, "The replica's or backup's folder; its Log/ serves if the home has no log."),
      acceptShorterLog,
    ],
    example: "lethe restore --from /mnt/b/lethe-keys"
  ) { (invocation) throws(LetheError) in
    let folder = invocation.arguments.value(of: "--from") ?? ""
    let answer: ShorterLogAnswer = invocation.arguments.has(acceptShorterLog) ? .accept : .refuse
    let summary = try Store.restore(
      invocation.home, from: folder, shorterLog: answer, waiting: invocation.patience, in: invocation.world)
    var json: [JSONValue.Member] = [
      member("epoch", .int(summary.epoch)), member("pages", .int(summary.pages)),
      member("pagesource", .string(summary.pageSource.rawValue)),
      member("records", .int(summary.records)), member("log", .string(summary.log.rawValue)),
      member("replicas", .array(summary.replicas.map { .string($0) })),
    ]
    if let origin = summary.newOrigin { json.append(member("neworigin", fields(origin))) }
    try invocation.result(
      .object(json),
      lines: [
        "Restored \(summary.pages.counted("page")); the store is at epoch \(summary.epoch) with "
          + "\(summary.records.counted("record")), its log \(source(summary.log)), its pages "
          + (summary.pageSource == .kept ? "the home's own." : "the copy's."),
        summary.replicas.isEmpty
          ? "There is no replica; add one with `lethe replica add DIR`."
          : "Replicas: \(summary.replicas.joined(separator: ", ")).",
      ] + (summary.newOrigin.map(story) ?? []))
    return .success
  }

  private static func source(_ log: RestoreSummary.LogSource) -> String {
    switch log {
    case .kept: "the home's own"
    case .copied: "from the copy"
    case .mended: "the home's own, mended from the copy"
    }
  }

  private static func member(_ name: String, _ value: JSONValue) -> JSONValue.Member {
    JSONValue.Member(name: name, value: value)
  }

  private static func fields(_ origin: RestoreSummary.NewOrigin) -> JSONValue {
    .object([
      "origin": .string(origin.origin), "keptrecords": .int(origin.keptRecords),
      "knownrecords": origin.knownRecords.map { .int($0) } ?? .null, "epochs": .int(origin.epochs.count),
      "unknownepochs": .array(origin.unknownEpochs.map { .int($0) }),
      "recoveredcases": .array(origin.recoveredCases.map { .string($0) }),
    ])
  }

  /// What a log that lost its end goes on with, in words.
  private static func story(_ origin: RestoreSummary.NewOrigin) -> [String] {
    var lines = [
      "The log lost its end and goes on under the new origin \(origin.origin); its first "
        + "\(origin.keptRecords.counted("record")) are what they were."
    ]
    if let lost = origin.lostRecords {
      lines.append("Lost are positions \(lost.lowerBound) to \(lost.upperBound - 1), and what came after a checkpoint.")
    } else {
      lines.append("How many records are lost is not known: no checkpoint at hand covers more than is left.")
    }
    if !origin.epochs.isEmpty {
      lines.append("Recovered from the pages: \(origin.epochs.count.counted("epoch")) of the vault that it lacked.")
    }
    if !origin.unknownEpochs.isEmpty {
      lines.append(
        "No copy has the root page of \(origin.unknownEpochs.count.counted("epoch")): what they destroyed is told by what "
          + "is gone.")
    }
    if !origin.recoveredCases.isEmpty {
      lines.append(
        "Done as before: \(origin.recoveredCases.count.counted("forget")) in lost records; `lethe audit verify` fails until "
          + "each is confirmed with `lethe forget confirm`: \(origin.recoveredCases.joined(separator: ", ")).")
    }
    lines.append("Read models are to be built again: `lethe projection run`.")
    return lines
  }
}
