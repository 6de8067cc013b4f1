internal import Glibc

/// How much of what could be tried a run of the tests tries: a seeded sample, or all of it on demand.
public enum Exhaustive {
  /// Whether all is asked for, by the environment variable `LETHE_EXHAUSTIVE=1`.
  public static let isAsked = value("LETHE_EXHAUSTIVE") == "1"

  /// A number from the environment, for instance a seed to repeat; nil if it is not given.
  public static func number(_ name: String) -> UInt64? { value(name).flatMap { UInt64($0) } }

  /// All of the numbers below a count if all is asked for, else about one in `rate` of them, which the seed chooses.
  public static func sample(_ count: Int, oneIn rate: Int, seed: UInt64) -> [Int] {
    if isAsked { return Array(0..<count) }
    var generator = SeededGenerator(seed: seed)
    return (0..<count).filter { _ in Int.random(in: 0..<rate, using: &generator) == 0 }
  }

  private static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
