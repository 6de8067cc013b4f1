internal import LetheSystem

/// How long the same thing took, time after time.
struct Latencies: Sendable {
  private var ascending: [Duration] = []

  var count: Int { ascending.count }
  /// The one in the middle, by size.
  var middle: Duration { ascending.isEmpty ? .zero : ascending[count / 2] }
  var longest: Duration { ascending.last ?? .zero }

  /// Does it with each number in turn.
  init(
    _ numbers: some Sequence<Int>, _ interruption: Interruption, _ work: (Int) throws(LetheError) -> Void
  ) throws(LetheError) {
    for number in numbers {
      try interruption.check()
      let start = ContinuousClock.now
      try work(number)
      ascending.append(ContinuousClock.now - start)
    }
    ascending.sort()
  }
}
