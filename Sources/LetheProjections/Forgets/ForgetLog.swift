package import LetheLog
package import LetheStore
package import LetheSystem
internal import LetheVault

/// As much of a log as a purge must know of it. All of it stands in clear, so that who owes one is found without a key.
package protocol ForgetLog {
  /// 16 bytes.
  var storeID: [UInt8] { get }
  /// The number of durable records.
  var count: UInt64 { get }

  /// Whether anything was ever withdrawn or returned.
  var hasChanges: Bool { get throws(LetheError) }

  /// What was withdrawn and returned at a position or later, oldest first.
  func changes(from start: UInt64) throws(LetheError) -> [LogChange]

  /// Tells a record from another that might stand in its place in another log; nil beyond the log's end.
  func mark(of position: UInt64) throws(LetheError) -> [UInt8]?
}

/// A fact after which other parts open than before.
package struct LogChange: Sendable {
  package enum Kind: Sendable {
    /// Nothing opens under the nodes any more.
    case withdrawn
    /// Everything opens under them again.
    case returned
  }

  let position: UInt64
  let kind: Kind
  let nodes: [KeyNode]

  init(position: UInt64, _ kind: Kind, _ nodes: [KeyNode]) {
    self.position = position
    self.kind = kind
    self.nodes = nodes
  }

  package init(_ withdrawal: Withdrawal) {
    self.init(position: withdrawal.position, .withdrawn, withdrawal.nodes)
  }
}

/// What a read model's bookmark keeps of the record before it.
package func bookmarkMark(of header: RecordHeader) -> [UInt8] { Delivery.mark(header.streamID, header.revision) }
