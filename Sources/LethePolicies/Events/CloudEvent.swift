public import LetheSystem

/// One event as its sender wrote it: a CloudEvents 1.0 JSON object (structured mode), checked and kept verbatim.
///
/// Beside the attributes of CloudEvents, two of Lethe's: `stream` names the stream to append to, `datasubject` the
/// person whom the event is about. An attribute that is null counts as absent (CloudEvents JSON format 1.0.2, 2.2).
public struct CloudEvent: Sendable {
  /// The most bytes that one event's JSON object may have: 16 MiB.
  public static let byteLimit = 16 * 1024 * 1024

  public let id: String
  public let source: String
  public let type: String
  public let time: Timestamp?
  /// The stream to append to, if the event names it.
  public let stream: StreamName?
  /// The person whom the event is about (`datasubject`), if the event names one.
  public let subject: String?
  /// The JSON object in UTF-8 as it was given, without the member `stream`; from brace to brace.
  public let text: [UInt8]

  /// Checks one JSON object.
  ///
  /// - Throws: `input` with line and column; it repeats nothing of the event.
  public init(json: [UInt8]) throws(LetheError) {
    do { try self.init(checking: json) } catch { throw error.error(in: json) }
  }

  init(checking json: [UInt8]) throws(JSONFault) {
    guard json.count <= Self.byteLimit else {
      throw JSONFault("The event is longer than 16 MiB; keep large content elsewhere and refer to it", at: 0)
    }
    let document = try JSONDocument(scanning: json)
    guard document.kind(document.root) == .object else {
      throw JSONFault("An event is a JSON object; write one", at: document.range(document.root).lowerBound)
    }
    let attributes = try EventAttributes(document)
    (id, source, type) = (attributes.id, attributes.source, attributes.type)
    (time, stream, subject) = (attributes.time, attributes.stream, attributes.subject)
    if let streamName = attributes.streamMember {
      let cuts = JSONEdits.cutting([streamName], from: document.root, in: document)
      text = JSONEdits.apply(cuts, to: document, node: document.root)
    } else {
      let whole = document.range(document.root)
      text = whole.count == json.count ? json : Array(json[whole])
    }
  }

  /// Whether both are equal as JSON; `stream` does not count.
  public func isEquivalent(to other: CloudEvent) -> Bool {
    if text == other.text { return true }
    guard let left = try? JSONValue(parsing: text), let right = try? JSONValue(parsing: other.text) else {
      return false
    }
    return left.isEquivalent(to: right)
  }
}
