package import LetheSystem
internal import Synchronization

extension Vault {
  /// The places that take part in every commit from the next one on.
  package var replicas: [Replica] { replicaList.withLock { $0 } }

  /// Changes which places take part. Give them all rows first: see `copyPages`.
  package func use(_ replicas: [Replica]) { replicaList.withLock { $0 = replicas } }

  /// Gives a replica all pages of the current epoch that it lacks, and reads those that it has; durable at return.
  ///
  /// - Returns: how many pages were given.
  /// - Throws: `io` naming the replica by its number.
  @discardableResult
  package func copyPages(to replica: Replica) throws(LetheError) -> Int {
    let wanted = current.read { $0.reachableHashes }
    return try replica.bring(wanted, from: pages, storeID: storeID, checking: .bytes)
  }

  /// Brings every replica that can be reached up to the current epoch; the others tell by `failure`.
  ///
  /// - Throws: what reading this vault's own pages throws.
  package func catchUpReplicas() throws(LetheError) {
    for replica in replicas {
      do throws(LetheError) { try copyPages(to: replica) } catch {
        guard replica.failure != nil else { throw error }
      }
    }
  }

  /// Why the first of the replicas that are away is; nil if all took part the last time they were asked.
  package var awayReplica: LetheError? { replicas.lazy.compactMap(\.failure).first }

  /// The rows of the current epoch, for a copy.
  ///
  /// - Throws: `missing-key` if one is not there; `io`.
  package func reachableRows() throws(LetheError) -> [PageRow] {
    var rows: [PageRow] = []
    for (key, hash) in current.read({ $0.reachableHashes }).sorted(by: { $0.key < $1.key }) {
      guard let bytes = try pages.page(key) else { throw .pageMissing }
      let row = PageRow(key: key, bytes: bytes)
      guard row.hash == hash else { throw .pageMissing }
      rows.append(row)
    }
    return rows
  }

  /// F4: all replicas are asked, so that one that is away costs the others nothing.
  func ship(_ commit: VaultCommit) throws(LetheError) {
    guard let draft = commit.draft else { return }
    var failure: LetheError?
    for replica in replicas {
      do throws(LetheError) {
        try replica.bring(draft.state.reachableHashes, from: pages, storeID: storeID, checking: .names)
      } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }
}
