internal import LetheLog
internal import LetheSystem

/// Subject and padded length of made-up events, as far as an ideal log has to know them: of some thousands, which it takes
/// again and again.
struct IdealShapes: Sendable {
  private(set) var subjects: [Int] = []
  private(set) var paddedLengths: [Int] = []

  private static let limit = 1 << 14

  init(of events: BenchEvents, count: Int) {
    for number in 0..<max(1, min(count, Self.limit)) {
      let subject = events.subject(ofEvent: number)
      subjects.append(subject)
      // What is sealed are a count, a kind, a time and the event's text.
      paddedLengths.append(Padding.padded(count: 13 + events.text(number, ofSubject: subject).count))
    }
  }

  var count: Int { subjects.count }
  var meanPaddedLength: Double { Double(paddedLengths.reduce(0, +)) / Double(count) }
  var longestPaddedLength: Int { paddedLengths.max() ?? 0 }
}
