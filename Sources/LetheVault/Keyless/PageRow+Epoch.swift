internal import LetheSystem

extension Sequence<PageRow> {
  /// The highest epoch of a store's root pages among the rows, as they say in clear; nil if there is none.
  package func newestEpoch(of storeID: [UInt8]) -> UInt64? {
    var newest: UInt64?
    for row in self where row.key.page == .root {
      do throws(LetheError) {
        let view = try PageView(row.bytes)
        if view.storeID == storeID { newest = Swift.max(newest ?? 0, view.epoch) }
      } catch {
        // What is no page has no epoch.
      }
    }
    return newest
  }
}
