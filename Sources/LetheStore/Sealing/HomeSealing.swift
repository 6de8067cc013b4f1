internal import LetheCrypto
internal import LetheLog
internal import LetheSystem

/// Seals the groups of a home's own log.
struct HomeSealing: GroupSealing {
  let origin: String
  let countedRuns: CountedRuns
  let hasNewestCheckpoint: Bool
  private let key: SealKey
  private let signingKey: SigningKey
  /// What `Keys/checkpoint` covers.
  private let trusted: Checkpoint?
  private let home: Home
  private let world: World

  /// - Parameters:
  ///   - newest: the newest checkpoint; nil if there is none.
  ///   - trusted: that of `Keys/`.
  /// - Throws: `damage`, `io`.
  init(
    _ key: SealKey, newest: Checkpoint?, trusted: Checkpoint?, storeID: [UInt8], _ signingKey: SigningKey, _ home: Home,
    _ world: World
  ) throws(LetheError) {
    self.key = key
    self.trusted = trusted
    self.signingKey = signingKey
    self.home = home
    self.world = world
    origin = newest?.origin ?? OriginName.first(of: storeID)
    hasNewestCheckpoint = trusted != nil
    countedRuns = try RunFile.read(home, world.files).map { .only($0) } ?? .highest
  }

  func authenticate(_ seal: [UInt8]) -> Digest { key.authenticate(seal) }

  func beginRun(in log: FileLog, after run: UInt64) throws(LetheError) -> RunBeginning {
    let size = log.count
    if size > 0, trusted?.origin != origin || trusted?.size != size {
      try log.publish(size: size)
      let checkpoint = try Checkpoint(origin: origin, size: size, rootHash: log.rootHash(size: size))
      try CheckpointFiles.publish(checkpoint, signingKey, home, world)
    }
    let next = try RunFile.next(after: run)
    try RunFile.write(next, home, world.files)
    return RunBeginning(run: next, origin: origin)
  }
}
