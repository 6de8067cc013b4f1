internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
package import LetheSystem
internal import LetheVault

/// From which key blocks new subjects are numbered.
extension StoreWriter {
  /// Blocks for subjects that are made by one allocation.
  static let spareBlocks = 64
  /// Spares below which the next allocation is made.
  static let fewSpares: UInt64 = 16

  /// Makes room for the new subjects of requests. If no block can be had, their appends are refused and all others go on.
  func makeRoom(for requests: [AppendRequest]) throws(LetheError) {
    let most = requests.reduce(0) { $0 + $1.events.count }
    guard needsRoom(forSubjects: most) else { return }
    let count = try newSubjects(in: requests)
    guard count > 0, needsRoom(forSubjects: count) else { return }
    do throws(LetheError) {
      try alone { () throws(LetheError) in try makeRoom(forSubjects: count) }
    } catch { try demandRunning() }
  }

  /// Subjects that neither the directory knows nor the fence refuses.
  private func newSubjects(in requests: [AppendRequest]) throws(LetheError) -> Int {
    var ids: [Digest: String] = [:]
    for request in requests {
      for event in request.events { if let id = event.subject { ids[parts.lookups.subject(id)] = id } }
    }
    var count = 0
    for (value, id) in ids where try parts.directory.subject(value) == nil {
      if try parts.vault.fenceEntry(parts.lookups.fencedSubject(id)) == nil { count += 1 }
    }
    return count
  }

  private func needsRoom(forSubjects count: Int) -> Bool {
    isAllSigned || parts.state.read { state in state.index.blocks.left < UInt64(count) }
  }

  private var isAllSigned: Bool {
    let signedSize = signer.signedSize
    return parts.state.read { state in signedSize == state.index.count }
  }

  /// Makes sure that so many new subjects can be given an index from blocks that are opened durably, and that the log
  /// has a record behind the last checkpoint: without one a start after a crash would take the log to be whole, and give
  /// the numbers of a lost group again.
  package func makeRoom(forSubjects count: Int) throws(LetheError) {
    let (left, unfinished, next) = parts.state.read { state in
      (state.index.blocks.left, state.index.blocks.unfinished, state.index.blocks.nextUnopened)
    }
    var failure: LetheError?
    var opened: [UInt64] = []
    if left < UInt64(count) {
      let missing = (UInt64(count) - left + BlockLedger.capacity - 1) / BlockLedger.capacity
      do throws(LetheError) { _ = try allocateSpares(beyond: next + missing) } catch { failure = error }
      opened = Array(next..<max(next, min(next + missing, allocatedBlocks)))
    }
    if !opened.isEmpty || (isAllSigned && !unfinished.isEmpty) {
      try record([FactDraft(.blocksOpened(plane: .subjects, blocks: unfinished + opened))])
    }
    if let failure { throw failure }
  }

  /// Which blocks a start leaves behind, so that no index of a lost tail is given again.
  enum Abandonment {
    /// The log is whole.
    case none
    /// Its last group may be lost.
    case blocksInUse
    /// It may lack any number of records, which can have opened any block that there is.
    case allAllocated
  }

  /// Leaves blocks for the next spare.
  func abandonBlocks(_ abandonment: Abandonment) throws(LetheError) {
    var next = parts.state.read { state in state.index.blocks.nextUnopened }
    switch abandonment {
    case .none: return
    case .blocksInUse: break
    case .allAllocated:
      guard next < allocatedBlocks else { break }
      // To name the last one and then none leaves all of them, with no commit.
      next = allocatedBlocks
      try record(
        [[next - 1], []].map { FactDraft(.blocksOpened(plane: .subjects, blocks: $0)) })
    }
    try allocateSpares(beyond: next + 1)
    let spare = next < allocatedBlocks ? [next] : []
    try record([FactDraft(.blocksOpened(plane: .subjects, blocks: spare))])
  }

  /// Allocates blocks if few spares would be left beyond a block number.
  private func allocateSpares(beyond number: UInt64) throws(LetheError) {
    let count = allocatedBlocks
    guard count < number + Self.fewSpares else { return }
    let wanted = max(Self.spareBlocks, Int(number + Self.fewSpares - count))
    do throws(LetheError) {
      try settleBrokenChange()
      try carryOut(parts.vault.begin(CommitRequest(newSubjectBlocks: wanted)))
    } catch {
      // While a replica or too many cells are away nothing is allocated: the spares that are left serve, then new subjects are refused.
      guard parts.vault.holdup != nil else { throw error }
    }
  }

  /// Blocks that the vault has; they are numbered from 0.
  var allocatedBlocks: UInt64 { UInt64(parts.vault.blocks(of: .subjects).count) }
}
