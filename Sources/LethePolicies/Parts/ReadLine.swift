internal import LetheSystem

/// Writes one line of `read`: the event followed by what the store knows of it, or, where nothing of it opens, that
/// alone.
package struct ReadLine: Sendable {
  /// Why nothing of an event opens.
  package enum Closed: String, Sendable {
    case shredded
    case restricted
  }

  private let position: Int
  private let stream: String?
  private let streamID: String
  private let revision: Int

  /// - Parameters:
  ///   - position: place in the whole log, from 0.
  ///   - stream: the stream's name; nil where it does not open.
  ///   - streamID: the stream's random id in hexadecimal digits.
  ///   - revision: place in the stream, from 0.
  package init(position: Int, stream: String?, streamID: String, revision: Int) {
    self.position = position
    self.stream = stream
    self.streamID = streamID
    self.revision = revision
  }

  /// The line, without its end: the event's object with `position`, `stream` (if its name opens), `streamid`, `revision`,
  /// `storedtime` and, if it is partial, `lethestate` and `shreddedfields` at its end.
  package func line(_ event: OpenedEvent) -> [UInt8] {
    let text = Self.withoutStoredTime(event.text)
    var writer = JSONWriter()
    let end = text.last == UInt8(ascii: "}") ? text.count - 1 : text.count
    writer.appendOnOneLine(text[..<end])
    if text.contains(UInt8(ascii: ":")) { writer.append(",") }
    writePlace(to: &writer)
    if let time = event.recordedTime {
      writer.append(",\"storedtime\":")
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
    let place = ReadLine(position: position, stream: nil, streamID: streamID, revision: revision)
    var writer = JSONWriter()
    writer.append("{")
    place.writePlace(to: &writer)
    writer.append(",\"lethestate\":")
    writer.write(state.rawValue)
    if let certificate {
      writer.append(",\"certificate\":")
      writer.write(certificate)
    }
    writer.append("}")
    return writer.bytes
  }

  private func writePlace(to writer: inout JSONWriter) {
    writer.append("\"position\":\(position),")
    if let stream {
      writer.append("\"stream\":")
      writer.write(stream)
      writer.append(",")
    }
    writer.append("\"streamid\":")
    writer.write(streamID)
    writer.append(",\"revision\":\(revision)")
  }

  /// The event without a member `storedtime`: older versions took an attribute of this name from producers, and an object
  /// has no name twice.
  private static func withoutStoredTime(_ text: [UInt8]) -> [UInt8] {
    guard holds(Array("\"storedtime\"".utf8), in: text.span), let document = try? JSONDocument(scanning: text),
      let name = document.members(document.root).first(where: { document.string($0.name) == "storedtime" })?.name
    else { return text }
    let cuts = JSONEdits.cutting([name], from: document.root, in: document)
    return JSONEdits.apply(cuts, to: document, node: document.root)
  }

  private static func holds(_ piece: [UInt8], in text: Span<UInt8>) -> Bool {
    var matched = 0
    for at in 0..<text.count {
      // No piece of it begins as the whole does but at its quote.
      if text[at] == piece[matched] { matched += 1 } else { matched = text[at] == piece[0] ? 1 : 0 }
      if matched == piece.count { return true }
    }
    return false
  }
}
