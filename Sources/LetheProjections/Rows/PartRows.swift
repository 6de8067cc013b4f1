public import LetheSystem
internal import LetheVault

/// The rows that a part may see and change: those of its own key id, or all in a model that rebuilds on a forget.
///
/// Good for the call that it is given to. Rows and columns are named by dictionaries; a key column is always given.
public struct PartRows: ~Copyable {
  private let table: RowTable
  private let owner: RowOwner
  private let position: UInt64

  init(_ table: RowTable, _ owner: RowOwner, position: UInt64) {
    self.table = table
    self.owner = owner
    self.position = position
  }

  /// Writes a row in the place of the one with the same key; value columns that are not given are null.
  ///
  /// - Throws: `input` for an unknown column, or a key column that is null or missing; `io`.
  public func put(_ row: [String: RowValue]) throws(LetheError) { try table.put(row, owner, position: position) }

  /// Removes the row with this key, if it is there.
  public func remove(_ key: [String: RowValue]) throws(LetheError) { try table.remove(key, owner) }

  /// The row with this key.
  public func row(_ key: [String: RowValue]) throws(LetheError) -> [String: RowValue]? {
    try table.row(key, owner)
  }
}

/// Whom a row belongs to, as its column `kid` says.
enum RowOwner: Equatable {
  case kid(KeyID)
  /// Nobody: the model rebuilds on a forget.
  case everybody

  var stored: Int64 {
    switch self {
    case .kid(let kid): Int64(bitPattern: kid.rawValue)
    case .everybody: -1
    }
  }
}
