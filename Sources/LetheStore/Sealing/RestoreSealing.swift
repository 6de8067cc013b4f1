internal import LetheCrypto
internal import LetheLog
internal import LetheSystem

/// Checks the seals of a log that is to be put in place, and seals what a restore appends to it. Nothing of the home is
/// written: what the restore believes is signed once it is in place.
final class RestoreSealing: GroupSealing {
  let origin: String
  let countedRuns: CountedRuns
  let hasNewestCheckpoint: Bool
  private let key: SealKey
  private let next: Monitor<String?>

  /// - Parameter origin: as the newest checkpoint that covers some of the log names it.
  init(_ key: SealKey, origin: String, counting runs: CountedRuns, hasNewestCheckpoint: Bool = true) {
    self.key = key
    self.origin = origin
    self.hasNewestCheckpoint = hasNewestCheckpoint
    countedRuns = runs
    next = Monitor(nil)
  }

  /// Has what is appended bear another origin.
  func begin(_ origin: String) { next.withLock { $0 = origin } }

  func authenticate(_ seal: [UInt8]) -> Digest { key.authenticate(seal) }

  func beginRun(in log: FileLog, after run: UInt64) throws(LetheError) -> RunBeginning {
    RunBeginning(run: try RunFile.next(after: run), origin: next.withLock { $0 } ?? origin)
  }
}
