internal import LetheStore
internal import LetheSystem

/// How fast events were appended, and the machine's limits measured in the same run.
struct AppendMeasurement: Sendable {
  let elapsed: Duration
  let eventsPerSecond: Double
  /// Events that one core seals in a second.
  let sealsPerSecond: Double
  /// Events that fit into what is written and synced in a second, all writers' batches at once.
  let syncedEventsPerSecond: Double
  /// Bytes that the log grew by for each event, records of subjects and streams included.
  let bytesPerEvent: Int

  /// Sealing and syncing can overlap, so the slower one bounds both.
  var limit: Double { min(sealsPerSecond, syncedEventsPerSecond) }
  var ratio: Double { limit > 0 ? eventsPerSecond / limit : 0 }

  /// Makes a home in a folder, appends, and measures the limits there.
  init(of load: AppendLoad, in folder: String, world: World) async throws(LetheError) {
    let home = Home(folder + "/home")
    _ = try Store.create(home, in: world)
    let store = try Store.open(home, in: world)
    let before = try Self.byteCount(ofFilesIn: home.log)
    elapsed = try await Self.append(load, to: store)
    try store.close()
    let grown = try Self.byteCount(ofFilesIn: home.log) - before
    bytesPerEvent = max(1, grown / load.events)
    eventsPerSecond = Double(load.events) / elapsed.inSeconds
    sealsPerSecond = try MachineLimits.sealsPerSecond(of: load)
    syncedEventsPerSecond =
      try MachineLimits.syncsPerSecond(
        byteCount: bytesPerEvent * load.batch * load.writers, in: folder) * Double(load.batch * load.writers)
  }

  private static func byteCount(ofFilesIn folder: String) throws(LetheError) -> Int {
    try FolderTree.files(in: folder).reduce(0) { $0 + $1.byteCount }
  }

  private static func append(_ load: AppendLoad, to store: Store) async throws(LetheError) -> Duration {
    let start = ContinuousClock.now
    let failure = await withTaskGroup(of: LetheError?.self) { group in
      for writer in 0..<load.writers {
        group.addTask {
          do throws(LetheError) {
            for number in stride(from: writer, to: load.appendCount, by: load.writers) {
              _ = try await store.append(load.request(number))
            }
            return nil
          } catch {
            return error
          }
        }
      }
      return await group.reduce(nil) { $0 ?? $1 }
    }
    if let failure { throw failure }
    return ContinuousClock.now - start
  }
}
