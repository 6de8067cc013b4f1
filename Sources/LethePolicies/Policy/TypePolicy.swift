/// What is done with events of one type.
struct TypePolicy: Sendable {
  enum Subject: Sendable, Equatable {
    /// Personal, of the event's subject, but for what is retained.
    case person
    /// About nobody: the whole event is retained.
    case none
  }

  var subject = Subject.person
  /// Fields that are not personal, in the order in which they are stored; without `/recordedtime`.
  private(set) var retained: [JSONPointer] = []
  private(set) var retainedFields = PointerTree()
  var retainsRecordedTime = false
  /// What stands for fields that were shredded.
  var replacements: [Replacement] = []

  /// Sets which fields are not personal.
  mutating func retain(_ pointers: [JSONPointer]) {
    retained = pointers
    retainedFields = PointerTree(pointers)
  }

  /// The name under which the recorded time may be retained; the event itself has no such member.
  static let recordedTime = JSONPointer(tokens: ["recordedtime"])
}

/// A value that stands for a shredded field.
package struct Replacement: Sendable {
  package let pointer: JSONPointer
  package let value: JSONValue
}
