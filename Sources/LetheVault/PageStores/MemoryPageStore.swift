package import LetheCrypto
package import LetheSystem
internal import Synchronization

/// Pages in memory, for tests and drills.
package final class MemoryPageStore: PageStore {
  private let stored: Mutex<[PageRow.Key: [UInt8]]>

  package init(_ rows: [PageRow] = []) {
    stored = Mutex(Dictionary(rows.map { ($0.key, $0.bytes) }, uniquingKeysWith: { first, _ in first }))
  }

  package func put(_ rows: [PageRow]) throws(LetheError) {
    try stored.withLock { (stored) throws(LetheError) in
      var next = stored
      for row in rows {
        guard next.updateValue(row.bytes, forKey: row.key) == nil else { throw .pageRowTaken }
      }
      stored = next
    }
  }

  package func page(_ key: PageRow.Key) -> [UInt8]? { stored.withLock { $0[key] } }

  package func version(of page: PageID, hashed hash: Digest) -> PageRow? {
    rows().first { $0.key.page == page && $0.hash == hash }
  }

  package func keys() -> Set<PageRow.Key> { stored.withLock { Set($0.keys) } }

  package func rows() -> [PageRow] {
    stored.withLock { $0 }.map { PageRow(key: $0.key, bytes: $0.value) }.sorted { $0.key < $1.key }
  }

  package func deleteRows(_ keys: Set<PageRow.Key>) {
    stored.withLock { stored in for key in keys { stored[key] = nil } }
  }

  package func dropCaches() {}

  package func close() {}
}

extension LetheError {
  static var pageRowTaken: LetheError {
    LetheError(
      .refused, "a version of a vault page is there already and is never overwritten; open the vault again")
  }
}
