/// A text as a key of sets and dictionaries, the same only if its bytes are: `String` takes different code points of
/// one look for the same.
struct ExactText: Hashable, Sendable {
  private let bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }
}
