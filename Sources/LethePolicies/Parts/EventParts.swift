/// How one event is divided: each piece is sealed under a key of its own.
package struct EventParts: Sendable {
  /// What dies with its subject; nil if the event's type concerns nobody.
  package let personal: PartContent?
  /// The purpose under whose key of the subject the personal part is sealed.
  package let category: String
  /// What outlives every forget, if there is anything.
  package let retained: PartContent?

  package static let defaultCategory = "default"

  init(personal: PartContent?, retained: PartContent?) {
    self.personal = personal
    self.category = Self.defaultCategory
    self.retained = retained
  }
}
