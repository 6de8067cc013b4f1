extension String {
  /// The text with a piece replaced wherever it stands.
  func replacing(_ piece: String, with other: String) -> String {
    split(separator: piece, omittingEmptySubsequences: false).joined(separator: other)
  }
}
