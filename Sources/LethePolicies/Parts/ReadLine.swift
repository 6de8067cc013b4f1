internal import LetheSystem

/// Writes one line of `read`: the event followed by what the store knows of it, or, where nothing of it opens, that
/// alone.
package struct ReadLine: Sendable {
  /// How the stream is named.
  package enum Stream: Sendable {
    case name(String)
    /// Its random id, in hexadecimal digits, where its name does not open.
    case id(hex: String)
  }

  /// Why nothing of an event opens.
  package enum Closed: String, Sendable {
    case shredded
    case restricted
  }

  private let position: Int
  private let stream: Stream
  private let revision: Int

  /// - Parameters:
  ///   - position: place in the whole log, from 0.
  ///   - revision: place in the stream, from 0.
  package init(position: Int, stream: Stream, revision: Int) {
    self.position = position
    self.stream = stream
    self.revision = revision
  }

  /// The line, without its end: the event's object with `position`, `stream` (or `streamid`), `revision`,
  /// `recordedtime` and, if it is partial, `lethestate` and `shreddedfields` at its end.
  package func line(_ event: OpenedEvent) -> [UInt8] {
    var writer = JSONWriter()
    let end = event.text.last == UInt8(ascii: "}") ? event.text.count - 1 : event.text.count
    writer.appendOnOneLine(event.text[..<end])
    if event.text.contains(UInt8(ascii: ":")) { writer.append(",") }
    writePlace(stream, to: &writer)
    if let time = event.recordedTime {
      writer.append(",\"recordedtime\":")
      writer.write(time.description)
    }
    if event.extent == .partial {
      writer.append(",\"lethestate\":\"partial\"")
      if !event.shreddedFields.isEmpty {
        let fields = event.shreddedFields.map { JSONValue.string($0.description) }
        writer.append(",\"shreddedfields\":")
        writer.write(.array(fields))
      }
    }
    writer.append("}")
    return writer.bytes
  }

  /// The line, without its end, of a record of which nothing opens; it is no CloudEvent.
  ///
  /// - Parameters:
  ///   - streamID: the stream's random id in hexadecimal digits; its name is never given here.
  ///   - certificate: the path of the certificate of the forget, if there is one.
  package static func line(
    _ state: Closed, position: Int, streamID: String, revision: Int, certificate: String? = nil
  ) -> [UInt8] {
    let place = ReadLine(position: position, stream: .id(hex: streamID), revision: revision)
    var writer = JSONWriter()
    writer.append("{")
    place.writePlace(place.stream, to: &writer)
    writer.append(",\"lethestate\":")
    writer.write(state.rawValue)
    if let certificate {
      writer.append(",\"certificate\":")
      writer.write(certificate)
    }
    writer.append("}")
    return writer.bytes
  }

  private func writePlace(_ stream: Stream, to writer: inout JSONWriter) {
    writer.append("\"position\":\(position),")
    switch stream {
    case .name(let name):
      writer.append("\"stream\":")
      writer.write(name)
    case .id(let hex):
      writer.append("\"streamid\":")
      writer.write(hex)
    }
    writer.append(",\"revision\":\(revision)")
  }
}
