import Testing

@testable import lethe

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("a", "a", 0), ("", "abc", 3), ("read", "raed", 1), ("import", "improt", 1), ("init", "inits", 1),
    ("kitten", "sitting", 3),
  ])
  func `changes are counted`(left: String, right: String, count: Int) {
    #expect(Suggestion.distance(Array(left.utf8), Array(right.utf8)) == count)
    #expect(Suggestion.distance(Array(right.utf8), Array(left.utf8)) == count)
  }

  @Test func `what is too far is not suggested`() {
    #expect(Suggestion.nearest(to: "imprt", among: ["init", "import"]) == "import")
    #expect(Suggestion.nearest(to: "xyz", among: ["init", "import"]) == nil)
    #expect(Suggestion.nearest(to: "xyz", among: []) == nil)
  }
}
