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

  /// Reads an event that the store took before, maybe by rules that refused less.
  ///
  /// - Throws: `input` with line and column; it repeats nothing of the event.
  package init(stored json: [UInt8]) throws(LetheError) {
    do { try self.init(checking: json, as: .stored) } catch { throw error.error(in: json) }
  }

  init(checking json: [UInt8], as origin: EventAttributes.Origin = .sender) throws(JSONFault) {
    guard json.count <= Self.byteLimit else {
      throw JSONFault("The event is longer than 16 MiB; keep large content elsewhere and refer to it", at: 0)
    }
    let document = try JSONDocument(scanning: json)
    guard document.kind(document.root) == .object else {
      throw JSONFault("An event is a JSON object; write one", at: document.range(document.root).lowerBound)
    }
    let attributes: EventAttributes
    do { attributes = try EventAttributes(document, origin) } catch {
      throw InputKind.fault(of: document) ?? error
    }
    let text: [UInt8]
    if attributes.cutMembers.isEmpty {
      let whole = document.range(document.root)
      text = whole.count == json.count ? json : Array(json[whole])
    } else {
      let cuts = JSONEdits.cutting(attributes.cutMembers, from: document.root, in: document)
      text = JSONEdits.apply(cuts, to: document, node: document.root)
    }
    content = Content(attributes, text)
  }

  /// Whether both are equal as JSON.
  ///
  /// What says nothing of the event does not count: `stream`, attributes that are null, and `traceparent` and
  /// `tracestate`, which are others each time an event is sent. A payload that is null is one.
  public func isEquivalent(to other: CloudEvent) -> Bool {
    if text == other.text { return true }
    guard let left = comparedValue, let right = other.comparedValue else { return false }
    return left.isEquivalent(to: right)
  }

  private static let tracing = ["traceparent", "tracestate"]

  /// The members that make the event what it is.
  private var comparedValue: JSONValue? {
    guard case .object(let members)? = try? JSONValue(parsing: text) else { return nil }
    return .object(
      members.filter { member in
        if case .null = member.value { return member.name == "data" }
        return !Self.tracing.contains(member.name)
      })
  }
}
