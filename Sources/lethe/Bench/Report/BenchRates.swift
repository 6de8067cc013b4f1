internal import LethePolicies

/// How fast something went and how fast the machine could at most, once in each run.
struct BenchRates: Sendable {
  private var rates: [Double] = []
  private var limits: [Double] = []
  private var ratios: [Double] = []

  /// Adds a run.
  mutating func add(_ rate: Double, of limit: Double) {
    rates.append(rate)
    limits.append(limit)
    // Within one run: from one to the next the machine may be another.
    ratios.append(limit > 0 ? rate / limit : 0)
  }

  /// `eventsPerSecond`, `limit` and `ratio`, medians of all runs.
  var json: JSONValue {
    .object([
      "eventsPerSecond": .decimal(rates.median), "limit": .decimal(limits.median), "ratio": .decimal(ratios.median),
    ])
  }

  /// The three in columns, behind what was measured.
  func line(_ name: String, _ what: String) -> String {
    BenchTable.line(name, what, "\(Int(rates.median).grouped)/s", "\(Int(limits.median).grouped)/s", ratios.median)
  }
}
