internal import LetheLog
internal import LethePolicies
internal import LetheSystem

/// Names of streams that were read lately, as the log's `StreamCreated` have them sealed; bounded.
final class StreamNames: Sendable {
  private let names = Monitor(BoundedCache<StreamID, StreamName>(capacity: 1 << 16))

  /// The stream's name; nil where it was forgotten with its owner.
  ///
  /// - Throws: what opening its `StreamCreated` throws.
  func name(
    of stream: StreamID, _ reader: RecordReader, _ state: borrowing StoreState
  ) throws(LetheError) -> StreamName? {
    if let name = names.withLock({ $0[stream] }) { return name }
    guard let created = try state.index.stream(stream)?.created,
      let text = try reader.identityDetail(at: created, state)?.texts.first
    else { return nil }
    let name = try StreamName(stored: text)
    keep(name, of: stream)
    return name
  }

  /// Takes note of a name as a reader passes the record that seals it: the stream's events follow. What does not open is
  /// for who asks for it.
  func note(_ record: Record, at position: UInt64, _ reader: RecordReader, _ state: borrowing StoreState) {
    guard case .streamCreated(let stream, _)? = try? Fact(decoding: Array(record.clearBody)),
      names.withLock({ $0[stream] == nil }),
      let text = try? reader.identityDetail(of: record, at: position, state)?.texts.first,
      let name = try? StreamName(stored: text)
    else { return }
    keep(name, of: stream)
  }

  private func keep(_ name: StreamName, of stream: StreamID) {
    names.withLock { $0.keep(name, as: stream) }
  }

  /// Lets go of the names of streams whose owner is being forgotten.
  func remove(_ streams: [StreamID]) {
    names.withLock { names in for stream in streams { names.remove(stream) } }
  }
}
