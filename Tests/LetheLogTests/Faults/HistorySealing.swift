import LetheCrypto
import LetheSystem
import LetheTesting
import Synchronization

@testable import LetheLog

/// Seals a history's log as a home does: what an opening believes is signed, then it has a run of its own.
final class HistorySealing: GroupSealing {
  let origin = "lethe.example/log"
  let hasNewestCheckpoint = true
  let countedRuns: CountedRuns
  private let disk: DoingOrderFileSystem
  private let newest = Mutex<Checkpoint?>(nil)

  init(_ disk: DoingOrderFileSystem) throws(LetheError) {
    self.disk = disk
    let run = try disk.contents(ofFileIfThere: DoingOrderFileSystem.run, as: .plain)
    countedRuns = run.flatMap { UInt64(String(decoding: $0, as: UTF8.self)) }.map { .only($0) } ?? .highest
  }

  /// What a beginning run signed.
  var signed: Checkpoint? { newest.withLock { $0 } }

  func authenticate(_ seal: [UInt8]) -> Digest { TestSealing().authenticate(seal) }

  func beginRun(in log: FileLog, after run: UInt64) throws(LetheError) -> RunBeginning {
    if log.count > 0 {
      let checkpoint = try log.checkpoint()
      newest.withLock { $0 = checkpoint }
      try disk.replace(DoingOrderFileSystem.checkpoint, with: Array(checkpoint.text.utf8))
    }
    try disk.replace(DoingOrderFileSystem.run, with: Array(String(run + 1).utf8))
    return RunBeginning(run: run + 1, origin: origin)
  }
}
