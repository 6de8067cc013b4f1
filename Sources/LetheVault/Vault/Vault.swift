package import LetheCrypto
package import LetheSystem
internal import Synchronization

/// The keys that can be destroyed: sealed pages below one root secret in the root cells.
///
/// Safe to use from several threads. `current` is read under a shared lock, so that many derive at once; it changes at
/// F8 alone, under the exclusive lock, when no derivation is under way any more: the old state is cleansed before the
/// lock is given back. `control` is held while a step of a commit is performed, so that there is one at a time.
package final class Vault: Sendable {
  /// 16 bytes.
  package let storeID: [UInt8]
  /// Only a commit, and what settles cells, changes it.
  let cellSets: Mutex<CellSets>
  let cellCondition = Mutex(CellCondition())
  let pages: any PageStore
  let replicaList: Mutex<[Replica]>
  let random: any RandomSource
  let current: ReaderWriterLock<VaultState>
  let control: Mutex<CommitControl>

  init(
    _ state: VaultState, pages: any PageStore, replicas: [Replica], cells: CellSets,
    random: any RandomSource, control: CommitControl
  ) {
    storeID = state.storeID
    self.pages = pages
    replicaList = Mutex(replicas)
    cellSets = Mutex(cells)
    self.random = random
    current = ReaderWriterLock(state)
    self.control = Mutex(control)
  }

  /// Gives pages and cells back. What is in memory serves on; no commit may follow.
  package func close() throws(LetheError) {
    defer { cellSets.withLock { $0 }.release() }
    try pages.close()
  }

  /// The key, if it lives; its commitment is for the caller to check.
  ///
  /// - Throws: `io` if there is no memory.
  package func lookup(_ kid: KeyID) throws(LetheError) -> KeyLookup {
    try current.read { (state) throws(LetheError) in try state.lookup(kid) }
  }

  /// Whether any key below the node lives.
  package func coverage(of node: KeyNode) -> NodeCoverage { current.read { $0.coverage(of: node) } }

  /// The current key of a directory shard, its commitment checked; nil if there is no such shard.
  ///
  /// - Throws: `missing-key` if its page does not open or its commitment differs; `io`.
  package func shardKey(_ number: UInt32) throws(LetheError) -> ShardKey? {
    try current.read { (state) throws(LetheError) in
      guard let entry = state.page.shard(number) else { return nil }
      switch try state.lookup(entry.kid) {
      case .living(let key):
        guard key.commitment == entry.commitment else { throw LetheError.pageMissing }
        return ShardKey(number: number, key: key)
      case .punctured: throw LetheError.pageMissing
      case .pageMissing: throw LetheError.pageMissing
      }
    }
  }

  /// The directory's shards, ascending by number.
  package var shards: [ShardEntry] { current.read { $0.page.shards } }

  package func shard(_ number: UInt32) -> ShardEntry? { current.read { $0.page.shard(number) } }

  /// What the fence knows of a value; nil if it was never forgotten.
  ///
  /// - Throws: `missing-key` if the page that would tell does not open.
  package func fenceEntry(_ value: Digest) throws(LetheError) -> FenceEntry? {
    try current.read { (state) throws(LetheError) in
      guard let page = state.fences.first(where: { $0.prefix.contains(value) }) else { throw LetheError.pageMissing }
      return page.entry(value)
    }
  }

  /// Whether the current epoch wrote the fence page that a value belongs to.
  package func hasNewFencePage(for value: Digest) -> Bool {
    current.read { state in
      guard let page = state.fences.first(where: { $0.prefix.contains(value) }),
        let place = state.page.position(of: .fence(page.prefix))
      else { return false }
      return state.page.children[place].writtenBy == .thisEpoch
    }
  }

  /// The numbers of a plane's blocks, ascending.
  package func blocks(of plane: Plane) -> [UInt64] { current.read { $0.page.blocks(of: plane) } }

  package var epoch: UInt64 { current.read { $0.pair.epoch } }

  /// SHA-256 of the root page's bytes, as the log records it.
  package var rootPageHash: Digest { current.read { $0.pair.rootPageHash } }

  /// Pages that are absent or did not verify when the vault was opened.
  package var missingPages: [PageID] { current.read { $0.missing.sorted() } }

  /// What the current epoch destroyed.
  package var punctures: [Puncture] { current.read { $0.page.punctures } }
}
