public import LetheSystem

extension CloudEvent {
  /// One event, or all of a JSON array of events.
  ///
  /// - Throws: `input` with line and column.
  public static func events(json: [UInt8]) throws(LetheError) -> [CloudEvent] {
    guard let first = json.first(where: { !$0.isJSONSpace }) else {
      throw LetheError(.input, "The input is empty; give an event")
    }
    let isXML = first == UInt8(ascii: "<")
    if let sentence = InputKind.sentence(ofBytes: json.prefix(InputKind.headByteCount))
      ?? (isXML ? InputKind.sentence(ofLine: json[...], cut: false, followedBy: []) : nil)
    {
      throw JSONFault(sentence, at: 0).error(in: json)
    }
    guard first == UInt8(ascii: "[") else { return [try CloudEvent(json: json)] }
    var input = EventInput()
    input.add(json)
    input.finish()
    var events: [CloudEvent] = []
    while let item = try input.next() { events.append(item.event) }
    return events
  }
}
