internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// Reads records in order, each as the rule of answers has it; on the caller's thread, beside the writer.
struct StoreReader: Sendable {
  let parts: StoreParts
  let records: RecordReader

  /// Gives each selected record to the body until it stops.
  ///
  /// - Throws: `unknownStream`; `shredded` for a fenced name; `missingKey` and `damage` after the last good record.
  func read(
    _ selection: Selection, _ options: ReadOptions, _ body: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    switch selection {
    case .all: try readAll(options, body)
    case .stream(let name): try readStream(try id(of: name), options, body)
    case .streamID(let id): try readStream(id, options, body)
    }
  }

  private func id(of name: StreamName) throws(LetheError) -> StreamID {
    let durable = parts.log.count
    if let id = try parts.directory.stream(parts.lookups.stream(name.text)),
      let entry = parts.state.read({ $0.index.stream(id) }), entry.created < durable
    {
      return id
    }
    switch try parts.fencing(of: parts.lookups.fencedName(name.text), parts.state.read { $0.index.forgets }) {
    case .none: throw LetheError(.unknownStream, "there is no such stream; check its name")
    case .departing:
      throw LetheError(.restricted, "the stream belongs to a subject who is being forgotten; read it by `id:HEX`")
    case .forgotten:
      throw LetheError(.shredded, "the stream belonged to a subject who was forgotten; read it by `id:HEX`")
    }
  }

  private func readStream(
    _ id: StreamID, _ options: ReadOptions, _ body: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    guard let events = parts.state.read({ StreamEvents($0.index, id, below: parts.log.count) }) else {
      throw LetheError(.unknownStream, "there is no such stream; check its id")
    }
    var left = options.limit ?? .max
    func give(_ position: UInt64) throws(LetheError) -> Iteration {
      guard left > 0 else { return .stop }
      guard let item = try item(parts.log.record(at: position), at: position, options) else { return .continue }
      left -= 1
      return try body(item)
    }
    switch options.direction {
    case .forwards:
      var next = min(Int(clamping: options.start ?? 0), events.count)
      while next < events.count {
        let revisions = next..<min(next + StreamEvents.windowCount, events.count)
        for position in parts.state.read({ events.positions($0.index, at: revisions) }) {
          if try give(position) == .stop { return }
        }
        next = revisions.upperBound
      }
    case .backwards:
      var end = min(Int(clamping: options.start ?? .max - 1), events.count - 1) + 1
      while end > 0 {
        let revisions = max(end - StreamEvents.windowCount, 0)..<end
        for position in parts.state.read({ events.positions($0.index, at: revisions) }).reversed() {
          if try give(position) == .stop { return }
        }
        end = revisions.lowerBound
      }
    }
  }

  private func readAll(
    _ options: ReadOptions, _ body: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    let durable = parts.log.count
    var left = options.limit ?? .max
    var earliest: UInt64 = 0
    if let since = options.since {
      earliest = parts.state.read { state in state.index.firstPosition(since: since.hour) }
    }
    func give(_ position: UInt64, _ record: Record) throws(LetheError) -> Iteration {
      guard left > 0 else { return .stop }
      guard let item = try item(record, at: position, options) else { return .continue }
      left -= 1
      return try body(item)
    }
    switch options.direction {
    case .forwards:
      let first = max(options.start ?? 0, earliest)
      guard first < durable else { return }
      try parts.log.forEachRecord(from: first, to: durable, give)
    case .backwards:
      guard durable > earliest else { return }
      var position = min(options.start ?? .max, durable - 1)
      while position >= earliest {
        if try give(position, parts.log.record(at: position)) == .stop { return }
        if position == 0 { return }
        position -= 1
      }
    }
  }

  /// The record as a reader gets it; nil if the options leave it out.
  private func item(
    _ record: Record, at position: UInt64, _ options: ReadOptions
  ) throws(LetheError) -> ReadItem? {
    if record.header.flags.contains(.system) && options.facts == .hidden { return nil }
    // The gate keeps keys from being evicted under us; the state tells what the log says about them.
    return try parts.keys.gate.read { (_: borrowing ()) throws(LetheError) in
      try parts.state.read { (state: borrowing StoreState) throws(LetheError) in
        record.header.flags.contains(.system)
          ? try fact(record, at: position, options, state) : try event(record, at: position, options, state)
      }
    }
  }

  private func fact(
    _ record: Record, at position: UInt64, _ options: ReadOptions, _ state: borrowing StoreState
  ) throws(LetheError) -> ReadItem? {
    let detail = try records.detail(of: record, at: position, state)
    guard options.sinceEventTime == nil, isRecent(detail?.recordedAt, position, options, state) else { return nil }
    let fact = try Fact(decoding: Array(record.clearBody))
    return ReadItem(
      position: position, streamID: .system, stream: nil, revision: record.header.revision,
      content: .fact(FactReading(fact: fact, recordedTime: detail?.recordedAt)))
  }

  private func event(
    _ record: Record, at position: UInt64, _ options: ReadOptions, _ state: borrowing StoreState
  ) throws(LetheError) -> ReadItem? {
    let reading = try reading(record, at: position, state)
    guard isRecent(reading.event?.recordedTime, position, options, state) else { return nil }
    if let earliest = options.sinceEventTime {
      guard let event = reading.event, event.extent == .whole,
        let time = try CloudEvent(json: event.text).time, time >= earliest
      else { return nil }
    }
    return ReadItem(
      position: position, streamID: record.header.streamID,
      stream: try parts.names.name(of: record.header.streamID, records, state),
      revision: record.header.revision, content: .event(reading))
  }

  private func isRecent(
    _ recordedAt: Timestamp?, _ position: UInt64, _ options: ReadOptions, _ state: borrowing StoreState
  ) -> Bool {
    guard let since = options.since else { return true }
    if let recordedAt { return recordedAt >= since }
    return (state.index.hour(of: position) ?? .min) >= since.hour
  }

  private func reading(
    _ record: Record, at position: UInt64, _ state: borrowing StoreState
  ) throws(LetheError) -> EventReading {
    var opened: [(kid: KeyID, content: PartContent)] = []
    var closed: [KeyID] = []
    var reason: EventReading.State?
    for (number, part) in record.header.parts.enumerated() {
      let answer = try records.answer(part: number, of: record, at: position, state)
      guard let kid = KeyID(rawValue: part.kid) else { continue }
      switch answer {
      case .content(let bytes): opened.append((kid, try PartContent(decoding: bytes)))
      case .restricted(let id):
        closed.append(kid)
        reason = .restricted(id)
      case .shredded(let id):
        closed.append(kid)
        // A part that is only restricted may be read again, so it names the state.
        if reason == nil { reason = .shredded(id) }
      }
    }
    let state: EventReading.State =
      switch reason {
      case nil: .open
      case let reason?: opened.isEmpty ? reason : .partial
      }
    let event = opened.isEmpty ? nil : try OpenedEvent(opened.map(\.content), under: parts.policies)
    return EventReading(state: state, event: event, parts: opened, closed: closed)
  }
}

/// The durable events of a stream, whose positions are looked up some at a time: a reader of one page of a long stream
/// takes no more than that page.
private struct StreamEvents {
  /// Revisions that are looked up together.
  static let windowCount = 512

  private let row: Int
  let count: Int

  /// Nil if there is no such stream in the records below a position.
  init?(_ index: LogIndex, _ id: StreamID, below durable: UInt64) {
    guard let entry = index.stream(id), entry.created < durable else { return nil }
    row = entry.row
    // What is not durable yet are few, at the end.
    var count = entry.eventCount
    while count > 0 {
      let window = index.streams.events(ofRow: row, at: max(count - Self.windowCount, 0)..<count)
      let visible = window.firstPlace(notBefore: { $0 < durable })
      count -= window.count - visible
      if visible > 0 { break }
    }
    self.count = count
  }

  func positions(_ index: LogIndex, at revisions: Range<Int>) -> [UInt64] {
    index.streams.events(ofRow: row, at: revisions)
  }
}
