internal import LetheLog
internal import LethePolicies
internal import LetheSystem

/// The one door through which appends come in, in the order in which calls pass it.
///
/// A call passes the door before its first suspension, under the lock of the store's state: that is its ticket. There its
/// requests are planned at once, on the caller's thread, as long as the fast path takes them. From the first one that it
/// does not take, the rest joins the writer's queue, and so does every later request for one of their streams until the
/// writer has planned them. So nothing overtakes within a stream, and a call's requests keep their order.
///
/// Locks are taken in this order: the gate of the keys, the store's state, the queue of the writer or of the committer.
final class AppendDoor: Sendable {
  typealias Results = [Result<AppendReceipt, LetheError>]

  private let parts: StoreParts
  private let crew: SealingCrew
  private let committer: GroupCommitter
  private let queue: WriterThread

  init(_ writer: StoreWriter, _ queue: WriterThread) {
    (parts, crew, committer) = (writer.parts, writer.crew, writer.committer)
    self.queue = queue
  }

  /// A call that has passed the door; hand it to `answers(of:)`. It holds no key.
  struct Admission {
    fileprivate let fast: Sealed?
    /// Answers the requests that the fast path did not take; nil if it took all.
    fileprivate let queued: QueuedAnswer?
  }

  /// Requests that have their positions and are sealed, with the receipts that they get once they are durable.
  fileprivate struct Sealed {
    let place: GroupCommitter.Place
    let records: Result<[PreparedRecords], LetheError>
    let receipts: [AppendReceipt]
  }

  private struct Planned {
    let place: GroupCommitter.Place
    let records: PlannedRecords
    let receipts: [AppendReceipt]
  }

  /// Lets a call pass. Never suspends, so that calls that follow one another pass in that order.
  func admit(_ requests: [AppendRequest]) -> Admission {
    // Hold the gate while planning so that eviction waits for us; the writer drains what we have planned.
    let (planned, queued) = parts.keys.gate.read { (_: borrowing ()) in
      let prepared = prepare(requests)
      return parts.state.write { state in
        let planned = plan(prepared, &state)
        let count = planned?.receipts.count ?? 0
        return (planned, count < requests.count ? enqueue(requests, from: count, &state) : nil)
      }
    }
    let fast = planned.map { Sealed(place: $0.place, records: crew.seal($0.records), receipts: $0.receipts) }
    return Admission(fast: fast, queued: queued)
  }

  // MARK: The fast path

  /// Prepares the first requests, as many as the fast path may take; all that can be done without changing the state.
  private func prepare(_ requests: [AppendRequest]) -> [HotAppend] {
    var targets: [(request: AppendRequest, stream: HotStream)] = []
    targets.reserveCapacity(requests.count)
    parts.state.read { (state: borrowing StoreState) in
      guard state.fastPathClosures == 0 else { return }
      for request in requests {
        guard !state.queued.contains(request.stream), let stream = state.hot[request.stream] else { return }
        targets.append((request, stream))
      }
    }
    let (policies, crew) = (parts.policies, crew)
    // Only tags come back, which hold no key; nil ends what the fast path takes.
    let tags: [OneOrMany<UInt64>?] = crew.inHalves(targets) { targets in
      var tags: [OneOrMany<UInt64>?] = []
      tags.reserveCapacity(targets.count)
      for (request, stream) in targets {
        let found = HotAppend.tags(of: request, in: stream, policies, crew)
        tags.append(found)
        if found == nil { break }
      }
      return tags
    }.get()
    var prepared: [HotAppend] = []
    prepared.reserveCapacity(tags.count)
    for (target, tags) in zip(targets, tags) {
      guard let tags else { break }
      prepared.append(HotAppend(target.request, to: target.stream, tags: tags))
    }
    return prepared
  }

  /// Gives positions to the first requests, as many as the fast path takes; nil if it takes none.
  private func plan(_ appends: [HotAppend], _ state: inout StoreState) -> Planned? {
    // Facts, and whatever a group must wait for, are the writer's business.
    guard !appends.isEmpty, state.fastPathClosures == 0, !state.isLarge, !committer.isFull, committer.failure == nil
    else { return nil }
    if state.inFlight.isLarge { state.inFlight.removeDurable(before: parts.log.count) }
    var group = state.nextGroup(in: parts.world)
    guard group.hasHour(state.index) else { return nil }
    var receipts: [AppendReceipt] = []
    receipts.reserveCapacity(appends.count)
    do throws(LetheError) {
      for append in appends {
        guard !state.queued.contains(append.request.stream), let receipt = try append.place(in: &group, &state) else {
          break
        }
        receipts.append(receipt)
      }
    } catch {
      // The index is ahead of the log: the writer refuses all that comes from now on.
      committer.stop(error)
      return nil
    }
    guard !receipts.isEmpty else { return nil }
    return Planned(place: committer.reserve(group.recordedAt), records: group.records, receipts: receipts)
  }

  // MARK: The writer's queue

  private func enqueue(_ requests: [AppendRequest], from first: Int, _ state: inout StoreState) -> QueuedAnswer {
    let requests = first == 0 ? requests : Array(requests[first...])
    let answer = QueuedAnswer()
    if queue.append(requests, answer.give) { state.queued.add(requests) }
    return answer
  }

  // MARK: Answers

  /// Waits until a call's requests are durable or refused; answers each of them, in order.
  func answers(of admission: Admission) async -> Results {
    let first = if let fast = admission.fast { await answers(of: fast) } else { [] as Results }
    guard let queued = admission.queued else { return first }
    let rest = await queued.get()
    return first.isEmpty ? rest : first + rest
  }

  private func answers(of sealed: Sealed) async -> Results {
    if !committer.commitAlone(sealed.place, sealed.records) {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        committer.fulfil(sealed.place, sealed.records) { _ in continuation.resume() }
      }
    }
    // Asked for under a lock, which the thread sanitizer sees: of a continuation that is resumed before it is awaited, the
    // Swift 6.3 runtime does not tell it.
    let failure = committer.failure(of: sealed.place)
    return sealed.receipts.map { receipt in failure.map { .failure($0) } ?? .success(receipt) }
  }
}
