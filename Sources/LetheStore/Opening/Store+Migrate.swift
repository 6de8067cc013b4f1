internal import LetheCrypto
internal import LetheLog
public import LetheSystem
internal import LetheVault

/// What a migration did.
public struct MigrationSummary: Sendable, Equatable {
  /// Records that the home had and has.
  public let records: UInt64
  /// Records behind the newest checkpoint that were taken over because that was asked for.
  public let acceptedRecords: UInt64
}

extension Store {
  /// Brings a home of the format before group seals to this one, once. Nothing of the log is rewritten: records go on in a
  /// new segment. Interrupted at any point, it can be done again; until it is done the version before opens the home as
  /// long as the log was not touched.
  ///
  /// - Parameter acceptsUnsealedEnd: takes over what lies behind the newest checkpoint, for which nobody vouches.
  /// - Throws: `refused` if the home is of this format, or if records lie behind the checkpoint, whose kinds are counted;
  ///   `rolledBack`, `damage`, `missingKey`, `locked`, `io`.
  public static func migrate(
    _ home: Home, acceptingUnsealedEnd acceptsUnsealedEnd: Bool = false, waiting patience: Duration = .seconds(5),
    in world: World = World()
  ) throws(LetheError) -> MigrationSummary {
    try home.requireFolders(world.files)
    try home.demandOwnKeys(world.files)
    var accepted: UInt64 = 0
    let isFormer = try FileLog.isOfFormerFormat(in: home.log, fileSystem: world.files)
    if isFormer {
      let locks = try home.lock(world.files, waiting: patience)
      defer { locks.release() }
      accepted = try migrateLog(home, acceptsUnsealedEnd, world)
    } else if try namesSeals(home, world) {
      throw LetheError(.refused, "this home is of the present format already; nothing is to be migrated")
    }
    do throws(LetheError) {
      let store = try openMigrating(home, waiting: patience, in: world)
      let count = store.count
      try store.close()
      return MigrationSummary(records: count, acceptedRecords: accepted)
    } catch { throw error.keeping(.halfMigrated) }
  }

  private static func namesSeals(_ home: Home, _ world: World) throws(LetheError) -> Bool {
    let log = try ClosedHome.log(of: home, in: world)
    return try LogIndex(of: log).opening(of: .seals) != nil
  }

  /// Gives the log its new segment. Returns how many records were accepted.
  private static func migrateLog(
    _ home: Home, _ acceptsUnsealedEnd: Bool, _ world: World
  ) throws(LetheError) -> UInt64 {
    guard !world.files.exists(home.run) else {
      throw LetheError(
        .rolledBack, "this home was migrated before, and Log/ is from before that; put back the newest Log/")
    }
    let signingKey = try SigningKeyFile.load(home.signingKey, world)
    guard let trusted = try CheckpointFiles.trusted(home, world, signingKey.verifyingKey) else {
      throw LetheError(
        .damage, "Keys/checkpoint is missing, so nothing tells how far the log can be believed; put it back",
        place: "Keys/checkpoint")
    }
    let storeID = try FileLog.storeID(in: home.log, fileSystem: world.files)
    func log(_ belief: LogBelief) throws(LetheError) -> FileLog {
      try FileLog.open(
        in: home.log, fileSystem: world.files, storeID: storeID, atLeast: trusted, believing: belief, access: .read,
        noting: FactNotes())
    }
    let signed = try log(.upTo(trusted.size))
    try CheckpointFiles.check(trusted, "Keys/checkpoint", signed, LogIndex(of: signed))
    let all = try log(.everything)
    var newest = trusted
    if all.count > trusted.size {
      guard acceptsUnsealedEnd else { throw try unsealedEnd(all, from: trusted.size) }
      // What it says is believed from here on, so it must be possible.
      _ = try LogIndex(of: all)
      newest = try Checkpoint(
        origin: trusted.origin, size: all.count, rootHash: all.rootHash(size: all.count))
      try CheckpointFiles.publish(newest, signingKey, home, world)
    }
    try FileLog.migrate(in: home.log, fileSystem: world.files, storeID: storeID, behind: newest)
    return newest.size - trusted.size
  }

  /// Says what lies behind the checkpoint, by the kinds of its records.
  private static func unsealedEnd(_ log: FileLog, from start: UInt64) throws(LetheError) -> LetheError {
    var counts: [String: Int] = [:]
    try log.forEachRecord(from: start, to: nil) { (_, record) throws(LetheError) in
      let isFact = record.header.flags.contains(.system)
      let name = isFact ? (try? Fact(decoding: Array(record.clearBody)))?.name ?? "unknown fact" : "event"
      counts[name, default: 0] += 1
      return .continue
    }
    let list = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    return LetheError(
      .refused,
      "behind the newest checkpoint lie records for which nobody vouches (\(list)), and nothing was changed; open and close "
        + "the home once with the version that wrote it, which signs them, or take them over with --accept-unsealed-end",
      place: "position \(start)")
  }
}

extension LetheError {
  static var isHalfMigrated: LetheError {
    LetheError(
      .format, "a migration of this home was interrupted, and nothing is lost; run `lethe home migrate` again")
  }
}
