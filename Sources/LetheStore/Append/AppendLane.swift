internal import LetheLog
internal import LethePolicies
internal import LetheSystem

/// The short way of appends to hot streams: whoever appends plans and seals on the thread that it has, and waits for the
/// sync alone.
final class AppendLane: Sendable {
  private let parts: StoreParts
  private let crew: SealingCrew
  private let committer: GroupCommitter

  init(_ parts: StoreParts, _ crew: SealingCrew, _ committer: GroupCommitter) {
    (self.parts, self.crew, self.committer) = (parts, crew, committer)
  }

  /// Requests that have their places, and what they are answered once they are durable. It must be handed to `finish`.
  struct Planned {
    fileprivate let place: GroupCommitter.Place
    fileprivate let records: [RecordPlan]
    let receipts: [AppendReceipt]
  }

  /// Plans requests from the first on; nil if they must go the long way, and nothing was planned. Those behind the ones
  /// that there are receipts for are to go there too.
  func plan(_ requests: [AppendRequest]) -> Planned? {
    guard let appends = prepare(requests), !committer.isFull else { return nil }
    return parts.state.write { state in
      // What makes a group more than the next one is the writer's: facts, and what it must wait for.
      guard state.laneClosures == 0, !state.isLarge, committer.failure == nil else { return nil }
      if state.inFlight.isLarge { state.inFlight.removeDurable(before: parts.log.count) }
      var group = state.nextGroup(in: parts.world)
      guard group.hasHour(state.index) else { return nil }
      var receipts: [AppendReceipt] = []
      receipts.reserveCapacity(appends.count)
      do throws(LetheError) {
        for append in appends {
          guard let receipt = try append.place(in: &group, &state) else { break }
          receipts.append(receipt)
        }
      } catch {
        // The index is ahead of the log; whoever comes next is told.
        committer.stop(error)
        return nil
      }
      guard !receipts.isEmpty else { return nil }
      return Planned(place: committer.reserve(group.recordedAt), records: group.records, receipts: receipts)
    }
  }

  /// What can be done without the lock; nil unless all go the short way.
  private func prepare(_ requests: [AppendRequest]) -> [HotAppend]? {
    var streams: [HotStream] = []
    streams.reserveCapacity(requests.count)
    parts.state.read { (state: borrowing StoreState) in
      for request in requests {
        guard let stream = state.hot[request.stream] else { return }
        streams.append(stream)
      }
    }
    guard streams.count == requests.count else { return nil }
    var appends: [HotAppend] = []
    appends.reserveCapacity(requests.count)
    for (request, stream) in zip(requests, streams) {
      guard let append = HotAppend(request, to: stream, parts.policies) else { return nil }
      appends.append(append)
    }
    return appends
  }

  /// Seals what was planned, and waits until it is durable.
  func finish(_ planned: consuming Planned) async -> [Result<AppendReceipt, LetheError>] {
    let (place, receipts) = (planned.place, planned.receipts)
    let sealed = crew.seal(planned.records)
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      committer.fulfil(place, sealed) { _ in continuation.resume() }
    }
    // Asked for under a lock, which the thread sanitizer sees: of a continuation that is resumed before it is awaited, the
    // Swift 6.3 runtime does not tell it.
    let failure = committer.failure(of: place)
    return receipts.map { receipt in failure.map { .failure($0) } ?? .success(receipt) }
  }
}
