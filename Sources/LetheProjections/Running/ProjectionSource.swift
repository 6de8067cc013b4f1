internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// Where projections read the log; a store, or a test.
protocol ProjectionSource {
  /// 16 bytes.
  var storeID: [UInt8] { get }
  /// The number of durable records.
  ///
  /// Whatever takes parts away or gives them back below it already shows in what `read` gives.
  var count: UInt64 { get }

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
    var writer = ByteWriter()
    writer.put(streamID.bytes)
    writer.put(revision)
    mark = writer.bytes
    self.content = content
  }
}
