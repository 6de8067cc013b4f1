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
    if let id = try parts.directory.stream(parts.lookups.stream(name.text)) {
      guard let entry = try entry(of: id) else { throw .wrongIndex(nil) }
      if entry.created < durable { return id }
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
    let durable = parts.log.count
    guard let entry = try entry(of: id), entry.created < durable else {
      throw LetheError(.unknownStream, "there is no such stream; check its id")
    }
    // Of the durable log alone, which may have moved on since: what is appended meanwhile is not seen.
    let next = try parts.log.nextRevision(of: id)
    var left = options.limit ?? .max
    func give(_ revision: UInt64, _ position: UInt64) throws(LetheError) -> Iteration {
      guard left > 0 else { return .stop }
      guard position < durable else { return .continue }
      let record = try parts.log.record(at: position)
      // Where records stand is what an index says, which nobody signs; what stands there is for itself.
      guard record.header.streamID == id, record.header.revision == revision else { throw .wrongIndex(position) }
      guard let item = try item(record, at: position, options) else { return .continue }
      left -= 1
      return try body(item)
    }
    func positions(_ revisions: Range<UInt64>) throws(LetheError) -> [(revision: UInt64, position: UInt64)] {
      let positions = try parts.log.positions(of: id, revisions)
      guard positions.count == revisions.count else { throw .wrongIndex(positions.last ?? entry.created) }
      return Array(zip(revisions, positions))
    }
    let earliest = earliestPosition(options)
    switch options.direction {
    case .forwards:
      var first = options.start ?? 0
      if earliest > 0 {
        // Positions rise with revisions: what was recorded in hours before is not looked at one by one.
        var end = max(first, next)
        while first < end {
          let middle = first + (end - first) / 2
          if try positions(middle..<middle + 1)[0].position < earliest { first = middle + 1 } else { end = middle }
        }
      }
      while first < next {
        let end = min(next, first + Self.passage(left))
        for found in try positions(first..<end) where try give(found.revision, found.position) == .stop { return }
        first = end
      }
    case .backwards:
      guard next > 0 else { return }
      var end = min(options.start ?? .max, next - 1) + 1
      while end > 0 {
        let first = end - min(end, Self.passage(left))
        for found in try positions(first..<end).reversed() {
          guard found.position >= earliest, try give(found.revision, found.position) == .continue else { return }
        }
        end = first
      }
    }
  }

  /// Positions that are looked up at once for a reader who wants no more than some records.
  private static func passage(_ left: Int) -> UInt64 { UInt64(min(max(left, 1), 1 << 16)) }

  /// Where the log stood when the hour began since which records are wanted; 0 if all are.
  private func earliestPosition(_ options: ReadOptions) -> UInt64 {
    guard let since = options.since else { return 0 }
    return parts.state.read { state in state.index.firstPosition(since: since.hour) }
  }

  private func entry(of stream: StreamID) throws(LetheError) -> LogIndex.StreamEntry? {
    try parts.state.read { (state: borrowing StoreState) throws(LetheError) in try state.index.stream(stream) }
  }

  private func readAll(
    _ options: ReadOptions, _ body: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    let durable = parts.log.count
    var left = options.limit ?? .max
    let earliest = earliestPosition(options)
    guard left > 0 else { return }
    // Nothing behind the last one is opened.
    func give(_ item: ReadItem) throws(LetheError) -> Iteration {
      left -= 1
      let iteration = try body(item)
      return left == 0 ? .stop : iteration
    }
    func give(_ position: UInt64, _ record: Record) throws(LetheError) -> Iteration {
      guard let item = try item(record, at: position, options) else { return .continue }
      return try give(item)
    }
    switch options.direction {
    case .forwards:
      let first = max(options.start ?? 0, earliest)
      guard first < durable else { return }
      // By events' own times most records may be left out, and many be opened before the limit is reached.
      let limit = options.sinceEventTime == nil ? UInt64(clamping: left) : .max
      guard options.cores == .two, Self.isWorthCompanion(min(durable - first, limit)) else {
        return try parts.log.forEachRecord(from: first, to: durable, give)
      }
      try readInParallel(first..<durable, options, give)
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
  func item(
    _ record: Record, at position: UInt64, _ options: ReadOptions
  ) throws(LetheError) -> ReadItem? {
    if record.header.flags.contains(.system) && options.facts == .hidden {
      try pass(record, at: position)
      return nil
    }
    // The gate keeps keys from being evicted under us; the state tells what the log says about them.
    return try parts.keys.gate.read { (_: borrowing ()) throws(LetheError) in
      try parts.state.read { (state: borrowing StoreState) throws(LetheError) in
        record.header.flags.contains(.system)
          ? try fact(record, at: position, options, state) : try event(record, at: position, options, state)
      }
    }
  }

  /// Takes note of what a record says that the events which follow need.
  private func pass(_ record: Record, at position: UInt64) throws(LetheError) {
    switch record.clearBody.first.flatMap(Fact.Use.init(ofType:)) {
    case .opensSlot: try records.noteOpening(record, at: position)
    case .namesStream:
      parts.keys.gate.read { (_: borrowing ()) in
        parts.state.read { (state: borrowing StoreState) in parts.names.note(record, at: position, records, state) }
      }
    case nil: break
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
        let time = try CloudEvent(stored: event.text).time, time >= earliest
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
      let answer = try records.answer(part: number, of: record, at: position, state, PartContent.init(decoding:))
      guard let kid = KeyID(rawValue: part.kid) else { continue }
      switch answer {
      case .content(let content): opened.append((kid, content))
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
