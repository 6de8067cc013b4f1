public import LetheSystem

/// One event as its sender wrote it: a CloudEvents 1.0 JSON object (structured mode), checked and kept verbatim.
///
/// Beside the attributes of CloudEvents, two of Lethe's: `stream` names the stream to append to, `datasubject` the
/// person whom the event is about. An attribute that is null counts as absent (CloudEvents JSON format 1.0.2, 2.2).
public struct CloudEvent: Sendable {
  /// The most bytes that one event's JSON object may have: 16 MiB.
  public static let byteLimit = 16 * 1024 * 1024

  public var id: String { content.id }
  public var source: String { content.source }
  public var type: String { content.type }
  public var time: Timestamp? { content.time }
  /// The stream to append to, if the event names it.
  public var stream: StreamName? { content.stream }
  /// The person whom the event is about (`datasubject`), if the event names one.
  public var subject: String? { content.subject }
  /// The JSON object in UTF-8 as it was given, without the member `stream`; from brace to brace.
  public var text: [UInt8] { content.text }

  /// In one place, so that an event that is handed on costs one count of references and not six.
  private let content: Content

  private final class Content: Sendable {
    let id: String
    let source: String
    let type: String
    let time: Timestamp?
    let stream: StreamName?
    let subject: String?
    let text: [UInt8]

    init(_ attributes: EventAttributes, _ text: [UInt8]) {
      (id, source, type) = (attributes.id, attributes.source, attributes.type)
      (time, stream, subject) = (attributes.time, attributes.stream, attributes.subject)
      self.text = text
    }
  }

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
    let text: [UInt8]
    if let streamName = attributes.streamMember {
      let cuts = JSONEdits.cutting([streamName], from: document.root, in: document)
      text = JSONEdits.apply(cuts, to: document, node: document.root)
    } else {
      let whole = document.range(document.root)
      text = whole.count == json.count ? json : Array(json[whole])
    }
    content = Content(attributes, text)
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
