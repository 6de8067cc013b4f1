import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault

/// What every `PageStore` must do. Run each case with an empty store.
enum PageStoreConformance {
  typealias Case = ConformanceCase<any PageStore>

  static let cases: [Case] = [
    Case("rows come back by key and by hash") { store in
      let rows = [row(1, 1), row(1, 2), row(2, 1, count: 300_000), row(3, 1, count: 0)]
      try store.put(rows)
      for row in rows {
        try expect(store.page(row.key) == row.bytes)
        try expect(store.version(of: row.key.page, hashed: row.hash) == row)
      }
      try expect(store.page(row(9, 9).key) == nil)
      try expect(store.version(of: row(9, 9).key.page, hashed: row(9, 9).hash) == nil)
      try expect(store.version(of: row(2, 1).key.page, hashed: row(1, 1).hash) == nil)
      try expect(store.rows() == rows.sorted { $0.key < $1.key })
      try expect(store.keys() == Set(rows.map(\.key)))
    },
    Case("an empty store has no rows") { store in
      try expect(store.rows().isEmpty && store.keys().isEmpty)
      try store.put([])
      try expect(store.rows().isEmpty)
    },
    Case("a row is never overwritten, and what comes with one that is taken is not kept") { store in
      try store.put([row(1, 1)])
      var code: LetheError.Code?
      do throws(LetheError) { try store.put([row(2, 1), PageRow(key: row(1, 1).key, bytes: [9])]) } catch {
        code = error.code
      }
      try expect(code == .refused)
      try expect(store.rows() == [row(1, 1)])
      try expectError { try store.put([row(3, 1), row(3, 1)]) }
      try expect(store.rows() == [row(1, 1)])
    },
    Case("deleted rows are not shown any more, rows to delete that are not there are no error") { store in
      try store.put([row(1, 1), row(1, 2), row(2, 1)])
      try store.deleteRows([row(1, 1).key, row(2, 1).key, row(7, 7).key])
      try expect(store.rows() == [row(1, 2)] && store.keys() == [row(1, 2).key])
      try expect(store.page(row(1, 1).key) == nil)
      try expect(store.version(of: row(2, 1).key.page, hashed: row(2, 1).hash) == nil)
      try store.put([row(3, 1)])
      try store.dropCaches()
      try expect(store.rows() == [row(1, 2), row(3, 1)])
      try store.deleteRows(store.keys())
      try expect(store.rows().isEmpty)
    },
    Case("a deleted key may be given again") { store in
      try store.put([row(1, 1)])
      try store.deleteRows([row(1, 1).key])
      try store.put([row(1, 1)])
      try expect(store.rows() == [row(1, 1)])
    },
    Case("dropping caches keeps all and goes on") { store in
      try store.put([row(1, 1)])
      try store.dropCaches()
      try expect(store.rows() == [row(1, 1)])
      try store.put([row(2, 2)])
      try store.dropCaches()
      try store.dropCaches()
      try expect(store.version(of: row(2, 2).key.page, hashed: row(2, 2).hash) == row(2, 2))
    },
    Case("page ids use all their bits") { store in
      let key = PageRow.Key(page: PageID(rawValue: .max), version: row(1, 1).key.version)
      try store.put([PageRow(key: key, bytes: [1]), row(1, 1)])
      try expect(store.page(key) == [1])
      try store.deleteRows([row(1, 1).key])
      try expect(store.rows().map(\.key) == [key])
    },
  ]

  private static func row(_ page: UInt64, _ version: UInt8, count: Int = 100) -> PageRow {
    var generator = SeededGenerator(seed: page << 8 | UInt64(version))
    let key = PageRow.Key(
      page: PageID(rawValue: page), version: PageVersion([UInt8](repeating: version, count: 16))!)
    return PageRow(key: key, bytes: generator.bytes(count))
  }
}
