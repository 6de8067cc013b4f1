/// A table of rates and limits.
enum BenchTable {
  static let head = line("", "", "lethe", "ideal", nil)

  /// Without a ratio, the table's head.
  static func line(
    _ name: String, _ what: String, _ rate: String, _ limit: String, _ ratio: Double?
  ) -> String {
    let right = ratio?.withThreeDecimals ?? "ratio"
    return name.filled(to: 8) + what.filled(to: 34) + rate.filledLeft(to: 14) + limit.filledLeft(to: 14)
      + right.filledLeft(to: 8)
  }
}

extension String {
  func filled(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }

  func filledLeft(to width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }
}
