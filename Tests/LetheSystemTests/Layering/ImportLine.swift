/// One `import` of a source file.
struct ImportLine: Equatable {
  /// `internal`, `package`, `public`, …; nil if the line has none.
  var access: String?
  var module: String

  private static let accessWords: Set<Substring> = [
    "public", "package", "internal", "fileprivate", "private", "open", "@usableFromInline",
  ]
  private static let kindWords: Set<Substring> = [
    "struct", "class", "enum", "protocol", "func", "var", "let", "typealias", "actor", "macro",
  ]

  /// The imports of a Swift text, attributes and the kind of a single declaration left aside, comments skipped.
  static func all(in text: String) -> [ImportLine] {
    var isInComment = false
    return text.split(whereSeparator: \.isNewline).flatMap { line -> [ImportLine] in
      if isInComment {
        isInComment = !line.contains("*/")
        return []
      }
      // A comment of several lines hides imports only if nothing stands before it.
      if line.trimmed.hasPrefix("/*") {
        isInComment = !line.contains("*/")
        return []
      }
      let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
      return code.split(separator: ";").compactMap { ImportLine($0) }
    }
  }

  private init?(_ statement: Substring) {
    var words = statement.split(whereSeparator: \.isWhitespace)[...]
    while let word = words.first, word != "import" {
      if Self.accessWords.contains(word) { access = String(word) } else if !word.hasPrefix("@") { return nil }
      words = words.dropFirst()
    }
    words = words.dropFirst()
    if let word = words.first, Self.kindWords.contains(word) { words = words.dropFirst() }
    guard let path = words.first, let module = path.split(separator: ".").first else { return nil }
    self.module = String(module)
  }

  init(_ access: String?, _ module: String) {
    self.access = access
    self.module = module
  }
}

extension Substring {
  fileprivate var trimmed: Substring { drop(while: \.isWhitespace) }
}
