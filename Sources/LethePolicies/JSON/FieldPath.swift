/// The way from an event to one of its fields.
///
/// In a JSON Pointer the token `8` may be a member's name or an element's index. Each step of a path says which.
struct FieldPath: Sendable {
  enum Step: Sendable {
    case member(String)
    case element(Int)
  }

  /// The steps from the event's object on; at least one.
  let steps: [Step]

  init(steps: [Step]) { self.steps = steps }

  /// The path of a pointer on which all containers are objects.
  init(throughObjects pointer: JSONPointer) { steps = pointer.tokens.map { .member($0) } }
}

extension FieldPath {
  /// The most steps that a policy's pointer may have; no event needs to be deeper.
  static let stepLimit = 64
  /// The indices in a policy's pointers are less than this, so that what is built from them stays small.
  static let indexLimit = 10_000

  /// Parses the text form.
  ///
  /// Each step is a `/` and then either a member's name, with `~0` for `~` and `~1` for `/` as in a JSON Pointer, or `~#`
  /// and an element's index in decimal digits without leading zeros. So `/data/hours/8` leads through an object and
  /// `/data/hours/~#8` through an array. The result is nil if the text is malformed, has no step, or exceeds a limit.
  init?(_ text: String) {
    let pieces = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard let first = pieces.first, first.isEmpty, pieces.count > 1, pieces.count <= Self.stepLimit + 1 else {
      return nil
    }
    var steps: [Step] = []
    for piece in pieces.dropFirst() {
      if piece.starts(with: Self.elementMark) {
        let digits = String(decoding: piece.dropFirst(Self.elementMark.count), as: UTF8.self)
        guard let index = JSONPointer.arrayIndex(digits), index < Self.indexLimit else { return nil }
        steps.append(.element(index))
      } else {
        guard let name = JSONPointer.unescape(piece) else { return nil }
        steps.append(.member(name))
      }
    }
    self.steps = steps
  }

  /// No name begins with this, because in a name 0 or 1 follows each tilde.
  private static let elementMark = Array("~#".utf8)

  var text: String {
    var text: [UInt8] = []
    for step in steps {
      text.append(UInt8(ascii: "/"))
      switch step {
      case .member(let name): JSONPointer.escape(name, to: &text)
      case .element(let index): text += Self.elementMark + String(index).utf8
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The JSON Pointer to the field.
  var pointer: JSONPointer { JSONPointer(tokens: steps.map(\.token)) }

  /// Whether what it leads to is moved out of a personal part rather than copied.
  var leadsIntoData: Bool {
    guard case .member(let name)? = steps.first else { return false }
    return name == "data" || name == "data_base64"
  }
}

extension FieldPath.Step {
  /// The step as a token of a JSON Pointer.
  var token: String {
    switch self {
    case .member(let name): name
    case .element(let index): String(index)
    }
  }
}
