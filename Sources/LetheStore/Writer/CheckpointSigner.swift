internal import LetheLog
internal import LetheSystem

/// Signs the log and publishes that: about once a second while appends come in, so that a log that is rolled back is
/// noticed although the store was never closed; when none have come for a while; and when the writer wants it.
final class CheckpointSigner: Sendable {
  private struct Desk {
    /// Records that `Keys/checkpoint` covers. While that is all of the log, a group that is lost in a crash leaves nothing
    /// by which the next start could know of it.
    var signedSize: UInt64?
    /// When a checkpoint was last signed or tried to be.
    var signedAt: Timestamp
    var isSigning = false
    /// How often the writer holds off all signing but its own; it does until the store is open.
    var holds = 1

    func isDue(at time: Timestamp) -> Bool {
      time.microseconds - signedAt.microseconds >= CheckpointSigner.checkpointMicroseconds
    }
  }

  /// How long appends may go on without a checkpoint that covers those before.
  static let checkpointMicroseconds: Int64 = 1_000_000

  private let parts: StoreParts
  private let desk: Monitor<Desk>
  /// Not by a clock that a test moves by hand.
  let signsWhenIdle: Bool

  /// - Parameter signedSize: records that `Keys/checkpoint` covers; nil if there is none.
  init(_ parts: StoreParts, signedSize: UInt64?) {
    self.parts = parts
    desk = Monitor(Desk(signedSize: signedSize, signedAt: parts.world.clock.now()))
    signsWhenIdle = parts.world.clock is SystemClock
  }

  var signedSize: UInt64? { desk.peek(\.signedSize) }

  /// Whether durable records are not signed yet.
  var isToSign: Bool { signedSize != parts.log.count }

  // MARK: The writer's

  /// Waits until nobody signs, and keeps all but the writer from it until `release`.
  func hold() { desk.wait(until: { !$0.isSigning }, then: { $0.holds += 1 }) }

  func release() { desk.withLock { $0.holds -= 1 } }

  /// Signs the log as it is and publishes that: first in Keys/, then in Log/.
  func sign() throws(LetheError) {
    let size = parts.log.count
    try parts.log.publish(size: size)
    let checkpoint = try Checkpoint(
      origin: parts.identity.origin, size: size, rootHash: parts.log.rootHash(size: size))
    // Before the files are touched: a publishing that fails may have replaced one of them.
    desk.withLock { ($0.signedSize, $0.signedAt) = (size, max($0.signedAt, parts.world.clock.now())) }
    try CheckpointFiles.publish(checkpoint, parts.signingKey, parts.home, parts.world)
  }

  // MARK: The committer's

  /// Whether the last checkpoint is long ago.
  ///
  /// - Parameter time: when the newest append was recorded.
  func isDue(at time: Timestamp) -> Bool { desk.peek { $0.isDue(at: time) } }

  /// Signs if that is due.
  func signIfDue(at time: Timestamp) { sign(if: { $0.isDue(at: time) }, time) }

  /// Signs unless the writer holds that off.
  func signIfFree() { sign(if: { _ in true }, parts.world.clock.now()) }

  private func sign(if isDue: (Desk) -> Bool, _ time: Timestamp) {
    let hasTurn = desk.withLock { desk in
      guard desk.holds == 0, isDue(desk) else { return false }
      (desk.isSigning, desk.signedAt) = (true, time)
      return true
    }
    guard hasTurn else { return }
    do throws(LetheError) { try sign() } catch {
      // What was appended is durable all the same; the next time tries again, and closing tells.
    }
    desk.withLock { $0.isSigning = false }
  }
}
