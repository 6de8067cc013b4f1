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

  /// Appends that have their places and are sealed, and what they are answered once they are durable; no key is in it. It
  /// must be handed to `finish`.
  struct Sealed {
    fileprivate let place: GroupCommitter.Place
    fileprivate let records: Result<[PreparedRecords], LetheError>
    fileprivate let receipts: [AppendReceipt]
  }

  /// Plans and seals requests from the first on; nil if they must go the long way, and nothing was planned.
  func begin(_ requests: [AppendRequest]) -> Sealed? {
    // Who evicts keys waits until nobody is about to plan with one; what was planned the writer waits for.
    let planned = parts.keys.gate.read { (_: borrowing ()) in plan(requests) }
    return planned.map { Sealed(place: $0.place, records: crew.seal($0.records), receipts: $0.receipts) }
  }

  private struct Planned {
    let place: GroupCommitter.Place
    let records: PlannedRecords
    let receipts: [AppendReceipt]
  }

  private func plan(_ requests: [AppendRequest]) -> Planned? {
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
    var targets: [(request: AppendRequest, stream: HotStream)] = []
    targets.reserveCapacity(requests.count)
    parts.state.read { (state: borrowing StoreState) in
      for request in requests {
        guard let stream = state.hot[request.stream] else { return }
        targets.append((request, stream))
      }
    }
    guard targets.count == requests.count else { return nil }
    let (policies, crew) = (parts.policies, crew)
    // Tags alone come back, which hold no key.
    let tags = crew.inHalves(targets) { (targets) throws(LongWay) in
      var tags: [OneOrMany<UInt64>] = []
      tags.reserveCapacity(targets.count)
      for (request, stream) in targets { tags.append(try HotAppend.tags(of: request, in: stream, policies, crew)) }
      return tags
    }
    guard case .success(let tags) = tags else { return nil }
    return targets.indices.map { HotAppend(targets[$0].request, to: targets[$0].stream, tags: tags[$0]) }
  }

  /// Waits until what was begun is durable; answers as many requests as were planned, of which the rest must go the long
  /// way.
  func finish(_ sealed: Sealed) async -> [Result<AppendReceipt, LetheError>] {
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
