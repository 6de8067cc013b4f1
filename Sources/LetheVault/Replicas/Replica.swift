internal import LetheCrypto
package import LetheSystem
internal import Synchronization

/// Another place that holds the vault's pages and takes part in every commit.
///
/// It is connected to anew for each piece of work, so that a folder that was moved away, or a disk that is no longer
/// mounted, is never written to by an old connection. No commit deletes a row of it: rows may be kept for ever, and a copy
/// of this store that is opened somewhere else then takes nothing from it.
package final class Replica: Sendable {
  /// From 1, in the order of the store's places; what errors call it.
  package let number: Int
  private let connect: @Sendable () throws(LetheError) -> any PageStore
  private let lastFailure = Mutex<LetheError?>(nil)

  /// How closely rows that are there already are looked at.
  enum Care: Sendable {
    /// Their names are enough.
    case names
    /// Their bytes are read and compared with their hashes.
    case bytes
  }

  /// - Parameter connect: opens its pages; throws while they cannot be reached.
  package init(number: Int, connect: @escaping @Sendable () throws(LetheError) -> any PageStore) {
    self.number = number
    self.connect = connect
  }

  /// Why it did not take part the last time; nil if it did, or was not asked yet.
  package var failure: LetheError? { lastFailure.withLock { $0 } }

  /// Gives it the rows that it lacks; durable at return.
  ///
  /// - Parameters:
  ///   - wanted: all rows that it is to have, with their hashes.
  ///   - source: where they are; what is not there under its hash is passed over, since no place has more than it.
  /// - Returns: how many rows were given.
  /// - Throws: `io` naming the replica by its number; what the source throws.
  @discardableResult
  func bring(
    _ wanted: [PageRow.Key: Digest], from source: any PageStore, storeID: [UInt8], checking care: Care
  ) throws(LetheError) -> Int {
    let (store, missing) = try reach { () throws(LetheError) in
      let store = try connect()
      let missing = try Self.missing(wanted, in: store, storeID, care)
      return (store, missing)
    }
    var count = 0
    var batch: [PageRow] = []
    for key in missing.sorted() {
      guard let bytes = try source.page(key) else { continue }
      let row = PageRow(key: key, bytes: bytes)
      guard row.hash == wanted[key] else { continue }
      batch.append(row)
      count += 1
      if batch.count == Self.batchCount { try put(&batch, in: store) }
    }
    try put(&batch, in: store)
    try reach { () throws(LetheError) in try store.close() }
    return count
  }

  private static let batchCount = 256

  private func put(_ batch: inout [PageRow], in store: any PageStore) throws(LetheError) {
    guard !batch.isEmpty else { return }
    let rows = batch
    try reach { () throws(LetheError) in try store.put(rows) }
    batch.removeAll(keepingCapacity: true)
  }

  /// What is not there; rows that are not what their names say are removed first.
  private static func missing(
    _ wanted: [PageRow.Key: Digest], in store: any PageStore, _ storeID: [UInt8], _ care: Care
  ) throws(LetheError) -> [PageRow.Key] {
    let present = try store.keys()
    // One root page tells: no replica takes pages of two stores.
    if let root = present.first(where: { $0.page == .root }), let bytes = try store.page(root) {
      guard [PageRow(key: root, bytes: bytes)].newestEpoch(of: storeID) != nil else { throw .replicaOfAnotherStore }
    }
    guard care == .bytes else { return wanted.keys.filter { !present.contains($0) } }
    var wrong: Set<PageRow.Key> = []
    var missing: [PageRow.Key] = []
    for (key, hash) in wanted {
      guard present.contains(key), let bytes = try store.page(key) else {
        missing.append(key)
        continue
      }
      guard PageRow(key: key, bytes: bytes).hash != hash else { continue }
      wrong.insert(key)
      missing.append(key)
    }
    if !wrong.isEmpty { try store.deleteRows(wrong) }
    return missing
  }

  /// Does something with it, and remembers whether that went well.
  private func reach<Outcome>(_ work: () throws(LetheError) -> Outcome) throws(LetheError) -> Outcome {
    do throws(LetheError) {
      let outcome = try work()
      lastFailure.withLock { $0 = nil }
      return outcome
    } catch {
      let failure = LetheError(
        .io,
        error.code == .refused
          ? "replica \(number) holds pages of another store; drop it with `lethe replica drop`, or bring back the right one"
          : "replica \(number) cannot be reached or written; until it is back, or dropped with `lethe replica drop`, "
            + "nobody's keys are destroyed and who is being forgotten stays restricted",
        place: "replica \(number)", cause: error.cause)
      lastFailure.withLock { $0 = failure }
      throw failure
    }
  }
}

extension LetheError {
  static var replicaOfAnotherStore: LetheError {
    LetheError(.refused, "the folder holds pages of another store; name another one")
  }
}
