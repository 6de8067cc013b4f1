package import LetheSystem

/// What is sealed in one part of an event.
///
/// As bytes (the plaintext that is padded and sealed):
/// ```
/// offset  length  content
/// 0       1       kind: 1 personal
///                       2 retained, the whole event of a type that concerns nobody
///                       3 retained fields by JSON Pointers, recorded time not retained; no longer written
///                       4 retained fields by JSON Pointers, recorded time retained; no longer written
///                       5 retained fields, recorded time not retained
///                       6 retained fields, recorded time retained
/// 1       8       recorded time, microseconds since 1970-01-01T00:00:00Z, Int64 little-endian; not in kinds 3 and 5
/// 1 or 9  rest    JSON in UTF-8
/// ```
/// The JSON of kind 1 is the event's object as it was given, without its member `stream`; members of `data` that are
/// retained are cut out, elements of arrays that are retained are `null`. The JSON of kind 2 is the event's object as it
/// was given, without `stream`.
///
/// The JSON of kinds 5 and 6 is one object whose member names are paths into the event and whose values are the fields'
/// texts as they were given. Each step of a path is a `/` and then either a member's name, in which `~0` stands for `~` and
/// `~1` for `/`, or `~#` and an element's index in decimal digits without leading zeros. In
/// ```
/// {"/type":"T","/data/hours/8":1.5,"/data/doses/~#1":{"mg":20}}
/// ```
/// `hours` is an object and `doses` is an array. A path has 1 to 64 steps, the first is a member's name, and an index is
/// less than 10,000. No path leads to or into another's field, and no container is an object in one path and an array in
/// another. The steps of a path and the containers that lie in one another in its field's text are 128 at most together.
/// The arrays, each up to its last retained element, have 8,388,608 elements at most together. Anything else is damage.
///
/// The member names of kinds 3 and 4 are JSON Pointers (RFC 6901) under the same limits. Only the personal part tells
/// whether a number in them is a member's name or an index. Without the personal part every container is read as an
/// object.
package struct PartContent: Sendable {
  package enum Kind: Sendable, Equatable {
    case personal
    case retainedEvent
    case retainedFields(Containers)
  }

  /// Whether the paths of retained fields tell arrays from objects.
  package enum Containers: Sendable, Equatable {
    case stated
    /// Earlier versions wrote JSON Pointers.
    case unknown
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
    PartContent(.retainedFields(.stated), time, text)
  }

  /// Whether it holds single fields and not a whole event.
  package var isFields: Bool {
    switch kind {
    case .personal, .retainedEvent: false
    case .retainedFields: true
    }
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
    case (.retainedFields(.unknown), nil): bytes.append(3)
    case (.retainedFields(.unknown), _): bytes.append(4)
    case (.retainedFields(.stated), nil): bytes.append(5)
    case (.retainedFields(.stated), _): bytes.append(6)
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
    case 3, 4: kind = .retainedFields(.unknown)
    case 5, 6: kind = .retainedFields(.stated)
    default:
      throw LetheError(.format, "A part of an event is of a kind that this version does not know; use a newer one")
    }
    guard first != 3, first != 5 else {
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
