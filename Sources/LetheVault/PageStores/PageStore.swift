public import LetheCrypto
public import LetheSystem

/// Where the vault's sealed pages lie. Rows are immutable and may leak, all of them, in all versions.
///
/// All calls block. `PageStoreConformance` among the tests is what every implementation passes.
public protocol PageStore: AnyObject, Sendable {
  /// Inserts rows, all of them or none, durably: they survive a power cut after the return.
  ///
  /// - Throws: `refused` if one of the keys is taken: nothing is kept then. `io`: the rows are there or not, and may be gone
  ///   after a power cut.
  func put(_ rows: [PageRow]) throws(LetheError)

  /// The bytes of one row; nil if there is none.
  func page(_ key: PageRow.Key) throws(LetheError) -> [UInt8]?

  /// The row of a page whose bytes have this SHA-256; nil if there is none.
  func version(of page: PageID, hashed hash: Digest) throws(LetheError) -> PageRow?

  /// What the rows are called, without a look at their bytes.
  func keys() throws(LetheError) -> Set<PageRow.Key>

  /// All rows, ascending by key.
  func rows() throws(LetheError) -> [PageRow]

  /// Deletes rows; one that is not there is no error. Their bytes may stay on the medium, and a crash may bring the rows
  /// back: neither does harm.
  func deleteRows(_ keys: Set<PageRow.Key>) throws(LetheError)

  /// Makes later reads come from the medium: what was committed is moved to its place in the file, and every page that is
  /// kept in memory, here or by the kernel, is let go of.
  func dropCaches() throws(LetheError)

  /// Gives the medium back; no other call may follow.
  func close() throws(LetheError)
}
