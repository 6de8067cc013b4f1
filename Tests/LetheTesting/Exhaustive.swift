internal import Glibc

/// How much of what could be tried a run of the tests tries. Every sweep asks here:
///
/// | run | tries |
/// |---|---|
/// | `LETHE_EXHAUSTIVE=1` | all |
/// | usual | a seeded sample, the same each time |
/// | under a sanitizer, where everything takes many times as long | a quarter of that |
public enum Exhaustive {
  /// Whether all is asked for, by the environment variable `LETHE_EXHAUSTIVE=1`.
  public static let isAsked = value("LETHE_EXHAUSTIVE") == "1"

  /// By how much samples are smaller than usual.
  private static let thinning = Sanitizer.isActive ? 4 : 1

  /// A number from the environment, for instance a seed to repeat; nil if it is not given.
  public static func number(_ name: String) -> UInt64? { value(name).flatMap { UInt64($0) } }

  /// All of the numbers below a count if all is asked for, else about one in `rate` of them, which the seed chooses, and
  /// at least one.
  public static func sample(_ count: Int, oneIn rate: Int, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    let taken = (0..<count).filter { _ in takes(oneIn: rate, using: &generator) }
    return taken.isEmpty && count > 0 ? [Int.random(in: 0..<count, using: &generator)] : taken
  }

  /// Whether the next of many is tried: yes if all is asked for, else for about one in `rate`, as the generator says.
  public static func takes(oneIn rate: Int, using generator: inout SeededGenerator) -> Bool {
    isAsked || Int.random(in: 0..<rate * thinning, using: &generator) == 0
  }

  /// How often something is done that can be done for ever: so often if all is asked for, else as often as usual, and at
  /// least once.
  public static func count(_ usual: Int, of all: Int) -> Int { isAsked ? all : max(1, usual / thinning) }

  /// All of a list if all is asked for, else every so many of it, the first among them.
  public static func some<Element>(_ all: [Element], every step: Int) -> [Element] {
    isAsked ? all : stride(from: 0, to: all.count, by: step * thinning).map { all[$0] }
  }

  private static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
