package import LetheSystem

/// What is sealed in one part of an event.
///
/// As bytes (the plaintext that is padded and sealed):
/// ```
/// offset  length  content
/// 0       1       kind: 1 personal
///                       2 retained, the whole event of a type that concerns nobody
///                       3 retained fields, recorded time not retained
///                       4 retained fields, recorded time retained
/// 1       8       recorded time, microseconds since 1970-01-01T00:00:00Z, Int64 little-endian; not in kind 3
/// 1 or 9  rest    JSON in UTF-8
/// ```
/// The JSON of kind 1 is the event's object as it was given, without its member `stream`; members of `data` that are
/// retained are cut out, elements of arrays that are retained are `null`. The JSON of kind 2 is the event's object as it
/// was given, without `stream`. The JSON of kinds 3 and 4 is one object whose member names are JSON Pointers (RFC 6901)
/// into the event and whose values are the fields' texts as they were given.
package struct PartContent: Sendable {
  package enum Kind: Sendable, Equatable {
    case personal
    case retainedEvent
    case retainedFields
  }

  package let kind: Kind
  /// When the store took the event; nil for retained fields whose policy does not retain it.
  package let recordedTime: Timestamp?
  /// JSON in UTF-8.
  package let text: [UInt8]

  private init(_ kind: Kind, _ recordedTime: Timestamp?, _ text: [UInt8]) {
    self.kind = kind
    self.recordedTime = recordedTime
    self.text = text
  }

  package static func personal(_ text: [UInt8], recordedAt time: Timestamp) -> PartContent {
    PartContent(.personal, time, text)
  }

  package static func retainedEvent(_ text: [UInt8], recordedAt time: Timestamp) -> PartContent {
    PartContent(.retainedEvent, time, text)
  }

  package static func retainedFields(_ text: [UInt8], recordedAt time: Timestamp?) -> PartContent {
    PartContent(.retainedFields, time, text)
  }

  /// What stands before the text of a part that has a time.
  package typealias Head = [9 of UInt8]
  package static let headByteCount = 9

  /// The head of `personal`: the encoded form is this and the text.
  package static func personalHead(recordedAt time: Timestamp) -> Head {
    let bits = UInt64(bitPattern: time.microseconds)
    return InlineArray { $0 == 0 ? 1 : UInt8(truncatingIfNeeded: bits >> UInt64(8 * ($0 - 1))) }
  }

  package func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(9 + text.count)
    switch (kind, recordedTime) {
    case (.personal, _): bytes.append(1)
    case (.retainedEvent, _): bytes.append(2)
    case (.retainedFields, nil): bytes.append(3)
    case (.retainedFields, _): bytes.append(4)
    }
    if let recordedTime {
      let bits = UInt64(bitPattern: recordedTime.microseconds)
      for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
    }
    bytes += text
    return bytes
  }

  /// - Throws: `format` for a kind that this version does not know, `damage` if the bytes end too early.
  package init(decoding bytes: [UInt8]) throws(LetheError) {
    self = try bytes.withByteSpan { (bytes) throws(LetheError) in try PartContent(decoding: bytes) }
  }

  /// The same from among others.
  package init(decoding bytes: RawSpan) throws(LetheError) {
    guard !bytes.isEmpty else { throw Self.cut }
    let first = bytes.byte(at: 0)
    switch first {
    case 1: kind = .personal
    case 2: kind = .retainedEvent
    case 3, 4: kind = .retainedFields
    default:
      throw LetheError(.format, "A part of an event is of a kind that this version does not know; use a newer one")
    }
    guard first != 3 else {
      recordedTime = nil
      text = [UInt8](copying: bytes.extracting(1...))
      return
    }
    guard bytes.byteCount >= Self.headByteCount else { throw Self.cut }
    recordedTime = Timestamp(microseconds: bytes.number(at: 1, as: Int64.self))
    text = [UInt8](copying: bytes.extracting(Self.headByteCount...))
  }

  private static var cut: LetheError {
    LetheError(.damage, "A part of an event ends too early; put back a copy of Log/")
  }
}
