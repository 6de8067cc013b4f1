internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// What a measurement of appends does: generated events, the same at every run.
struct AppendLoad: Sendable {
  let events: Int
  let subjects: Int
  let writers: Int
  let batch: Int
  /// Bytes of `data`.
  let payloadByteCount: Int

  var appendCount: Int { (events + batch - 1) / batch }

  /// The append of a number; appends go round the subjects, each to a stream of its own.
  func request(_ number: Int) throws(LetheError) -> AppendRequest {
    let subject = number % subjects
    let first = number * batch
    var requested: [CloudEvent] = []
    requested.reserveCapacity(batch)
    for event in first..<min(first + batch, events) { requested.append(try self.event(event, subject)) }
    return AppendRequest(to: try StreamName("bench-\(subject)"), requested)
  }

  /// One event as its sender would write it; building and parsing it is part of what is measured.
  func event(_ number: Int, _ subject: Int) throws(LetheError) -> CloudEvent {
    let head =
      "{\"specversion\":\"1.0\",\"id\":\"\(number)\",\"source\":\"bench\",\"type\":\"Measured\",\"datasubject\":\"S\(subject)\","
      + "\"data\":\""
    var text = Array(head.utf8)
    text.reserveCapacity(text.count + payloadByteCount + 2)
    // Two of the payload's bytes are its quotes.
    text += repeatElement(UInt8(ascii: "x"), count: max(0, payloadByteCount - 2))
    text += "\"}".utf8
    return try CloudEvent(json: text)
  }
}
