internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// Where projections read the log; a store, or a test.
///
/// Whatever takes parts away or gives them back below `count` already shows in what `read` gives.
protocol ProjectionSource: ForgetLog {
  /// Whether nothing opens under a key any more, or nothing may be shown of it, as the log stands now.
  func isWithdrawn(_ kid: KeyID) -> Bool

  /// Gives every record from a position on, facts included, until the body stops it.
  ///
  /// - Throws: `missingKey` and `damage` after the last good record.
  func read(
    from start: UInt64, _ body: (Delivery) throws(LetheError) -> Iteration
  ) throws(LetheError)
}

/// A record as projections see it.
struct Delivery {
  enum Content {
    /// The parts that open, and whether there are others.
    case event([DeliveredPart], Openness)
    /// From here on nothing opens under these nodes.
    case withdrawn([KeyNode])
    /// Everything opens again under these nodes.
    case returned([KeyNode])
    /// A fact that concerns no read model.
    case other
  }

  enum Openness { case whole, lacking }

  let position: UInt64
  /// Tells the record from another that might stand in its place in another log.
  let mark: [UInt8]
  let content: Content

  init(position: UInt64, streamID: StreamID, revision: UInt64, _ content: Content) {
    self.position = position
    mark = Self.mark(streamID, revision)
    self.content = content
  }

  static func mark(_ streamID: StreamID, _ revision: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.put(streamID.bytes)
    writer.put(revision)
    return writer.bytes
  }
}
