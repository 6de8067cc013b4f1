internal import LetheLog
internal import LetheSystem

/// Makes records durable, in the order of their positions, on a thread of its own: while the disk works on one sync group,
/// the next is planned and sealed.
///
/// A place in the queue is taken under the lock of the store's state, so that places are in the order of positions; the
/// records are sealed afterwards, on whatever thread. Those at the queue's head that are sealed make the next group. Once
/// something failed, all that comes behind it fails: it stands on records that may not be there.
///
/// Who appends alone need not wake that thread and be woken by it, which takes as long as a quick disk's sync: it may
/// commit by itself.
final class GroupCommitter: Sendable {
  /// What is told when records are durable, or are not.
  typealias Answer = @Sendable (LetheError?) -> Void

  /// Records that have their positions and are not durable yet: one caller's batches.
  final class Place: @unchecked Sendable {
    // Sendable: what changes of it is touched under the queue's lock, or by whoever has the turn (`isWriting`).
    /// When appends were recorded; nil for facts, after which the writer sees to what is signed.
    fileprivate let time: Timestamp?
    fileprivate var records: [PreparedRecords] = []
    fileprivate var isSealed = false
    fileprivate var failure: LetheError?
    fileprivate var answer: Answer?

    fileprivate init(_ time: Timestamp?) { self.time = time }
  }

  private struct Queue {
    var places: [Place] = []
    var isClosed = false
    var failure: LetheError?
    /// Places that were taken ever, and those of them that were answered.
    var reserved = 0
    var settled = 0
    /// Places in the queue whose records are sealed.
    var sealed = 0
    /// Sealed places for which the committer is to be woken.
    var wanted = 1
    /// How many append at once, as it seems.
    var crowd = 0
    /// Whether somebody's turn is not settled yet.
    var isWriting = false
    /// Whether the committer's thread waits for no more than a group.
    var isIdle = false
    /// Whether something is to be signed that was committed without that thread.
    var isToSign = false
    /// How many wait until what has a place is durable.
    var waiting = 0

    var isReady: Bool { !isWriting && (places.first?.isSealed ?? isClosed) }
    var isToGoOn: Bool { isReady || isToSign }
    /// Whether it is worth waking anybody once a place was committed alone.
    var isAwaited: Bool { isReady || waiting > 0 || (isIdle && isToSign) }
    var isWorthTaking: Bool { isReady && (sealed >= wanted || isClosed) }

    /// Takes what is sealed at the head, as much as a group may have; one whose sealing failed stands alone.
    mutating func takeGroup() -> [Place] {
      var (count, byteCount) = (0, 0)
      for place in places {
        guard place.isSealed, count == 0 || byteCount + place.records.byteCount <= groupByteLimit else { break }
        if place.failure != nil {
          count = max(count, 1)
          break
        }
        byteCount += place.records.byteCount
        count += 1
      }
      let group = Array(places.prefix(count))
      crowd = max(places.count, crowd * 7 / 8)
      places.removeFirst(count)
      sealed -= count
      wanted = 1
      isWriting = !group.isEmpty
      return group
    }

    /// Takes a place that stands alone and that nobody waits for.
    mutating func takeAlone(_ place: Place) -> Bool {
      guard !isWriting, failure == nil, crowd <= 1, places.count == 1, places[0] === place else { return false }
      crowd = 1
      places.removeFirst()
      isWriting = true
      return true
    }

    /// Keeps everybody from committing alone, if there is nothing to commit.
    mutating func takeTurnIfIdle() -> Bool {
      guard !isWriting, !isReady, failure == nil else { return false }
      isWriting = true
      return true
    }

    /// Ends a turn, in which so many places were committed.
    mutating func settle(_ count: Int) {
      settled += count
      isWriting = false
    }
  }

  /// Bytes of a group, if more than one caller's records are in it.
  private static let groupByteLimit = 32 << 20
  /// Places that may wait; then who plans waits.
  private static let limit = 1 << 13

  /// Where so many append at once, groups are half of them: one half is synced while the other is planned.
  private static let crowdSize = 8
  /// How long those who were just answered may take to come again before a smaller group is made.
  private static let graceMicroseconds = 60
  /// How long nothing may come before what is not signed yet is.
  private static let idleMicroseconds = 1_000_000

  /// Bytes that are committed by who appends them, at most: it may be a thread of the cooperative pool, and behind much
  /// the next can be sealed meanwhile.
  private static let aloneByteLimit = 64 << 10

  private let queue = Monitor(Queue())
  private let log: FileLog
  private let signer: CheckpointSigner

  init(_ log: FileLog, _ signer: CheckpointSigner) throws(LetheError) {
    (self.log, self.signer) = (log, signer)
    let queue = queue
    try WorkerThread.start {
      while true {
        queue.withLock { $0.isToSign = false }
        if signer.signsWhenIdle, signer.isToSign {
          queue.wait(until: \.isReady, atMostMicroseconds: Self.idleMicroseconds)
          // What is signed is not written to meanwhile, as when a group was written before.
          if queue.withLock({ $0.takeTurnIfIdle() }) {
            signer.signIfFree()
            queue.withLock { $0.settle(0) }
          }
        }
        guard let group = Self.nextGroup(in: queue) else { continue }
        if group.isEmpty { return }
        let failure = Self.append(group, to: log, queue)
        for place in group { place.answer?(failure) }
        if failure == nil, let time = group.last?.time { signer.signIfDue(at: time) }
        queue.withLock { $0.settle(group.count) }
      }
    }
  }

  deinit { queue.withLock { $0.isClosed = true } }

  /// Waits for the next group; empty when there is none and the queue is closed, nil if there is only something to sign.
  private static func nextGroup(in queue: Monitor<Queue>) -> [Place]? {
    queue.withLock { $0.isIdle = true }
    let crowd = queue.wait(until: \.isToGoOn) { queue -> Int? in
      queue.isIdle = false
      guard queue.isReady else { return nil }
      queue.wanted = queue.crowd >= crowdSize ? queue.crowd / 2 : 1
      return queue.crowd
    }
    guard let crowd else { return nil }
    if crowd >= crowdSize { queue.wait(until: \.isWorthTaking, atMostMicroseconds: graceMicroseconds) }
    return queue.withLock { $0.takeGroup() }
  }

  /// Why the group is not durable; nil if it is.
  private static func append(_ group: [Place], to log: FileLog, _ queue: Monitor<Queue>) -> LetheError? {
    var failure = queue.peek(\.failure) ?? group[0].failure
    // Groups behind a failed one were never written, so their error is the reason alone.
    let reason: LetheError?
    if failure == nil {
      do throws(LetheError) {
        _ = try log.append(group.count == 1 ? group[0].records : group.flatMap(\.records))
        reason = nil
      } catch { (reason, failure) = (error, error.keeping(.undecided)) }
    } else {
      reason = failure
    }
    queue.withLock { queue in
      queue.failure = queue.failure ?? reason
      for place in group {
        place.failure = failure
        place.records = []
      }
    }
    return failure
  }

  /// Why nothing is written any more.
  var failure: LetheError? { queue.peek(\.failure) }

  /// Whether so many wait that who plans must wait too.
  var isFull: Bool { queue.peek { $0.places.count >= Self.limit } }

  /// Waits until there is room.
  func waitForRoom() { queue.wait(until: { $0.places.count < Self.limit }, then: { _ in }) }

  /// Has all that is not written yet fail, and all that comes.
  func stop(_ error: LetheError) { queue.withLock { $0.failure = $0.failure ?? error } }

  /// Takes the next place, under the lock under which the records got their positions. Who has it must fulfil it.
  ///
  /// - Parameter time: as the place has it.
  func reserve(_ time: Timestamp?) -> Place {
    let place = Place(time)
    queue.withLockWaking(if: \.isClosed) { queue in
      queue.places.append(place)
      queue.reserved += 1
    }
    return place
  }

  /// Gives the records of a place, or why there are none; the answer comes from the committer's thread.
  func fulfil(_ place: Place, _ records: Result<[PreparedRecords], LetheError>, _ answer: Answer? = nil) {
    queue.withLockWaking(if: \.isWorthTaking) { queue in
      switch records {
      case .success(let sealed): place.records = sealed
      case .failure(let error): place.failure = error
      }
      place.answer = answer
      place.isSealed = true
      queue.sealed += 1
    }
  }

  /// Makes the records of a place durable on the caller's thread, if they are few and nobody else appends or lately did,
  /// and if no checkpoint is due. False if they must be handed over by `fulfil`.
  func commitAlone(_ place: Place, _ records: Result<[PreparedRecords], LetheError>) -> Bool {
    guard case .success(let sealed) = records, sealed.byteCount <= Self.aloneByteLimit,
      place.time.map({ !signer.isDue(at: $0) }) ?? true, queue.withLockWaking(if: \.isClosed, { $0.takeAlone(place) })
    else { return false }
    place.records = sealed
    _ = Self.append([place], to: log, queue)
    queue.withLockWaking(if: \.isAwaited) { queue in
      queue.settle(1)
      if signer.signsWhenIdle, place.time != nil { queue.isToSign = true }
    }
    return true
  }

  /// Has the committer's thread sign when nothing came for a while.
  func signWhenIdle() { queue.withLockWaking(if: \.isAwaited) { $0.isToSign = true } }

  /// Why a place that was answered is not durable; nil if it is.
  func failure(of place: Place) -> LetheError? { queue.peek { _ in place.failure } }

  /// Waits until all that has a place now is durable.
  ///
  /// - Throws: why it is not.
  func finish() throws(LetheError) {
    let last = queue.withLock { queue in
      queue.waiting += 1
      return queue.reserved
    }
    let failure = queue.wait(
      until: { $0.settled >= last },
      then: { queue in
        queue.waiting -= 1
        return queue.failure
      })
    if let failure { throw failure }
  }
  /// Waits until a place is durable.
  ///
  /// - Throws: why it is not, `undecided` if its write was under way.
  func finish(_ place: Place) throws(LetheError) {
    do throws(LetheError) { try finish() } catch {
      // What failed may be another place.
      if let failure = failure(of: place) { throw failure }
    }
  }
}
