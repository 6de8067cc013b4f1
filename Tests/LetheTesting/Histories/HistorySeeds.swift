/// Which random histories a run of the tests lives through; what happens in one follows from its seed alone.
///
/// `LETHE_FAULT_SEED=n` repeats one and tells what happens in it; `LETHE_FAULT_HISTORIES=n` takes as many as asked.
public enum HistorySeeds {
  /// The one to repeat.
  public static let repeated = Exhaustive.number("LETHE_FAULT_SEED")

  /// Whether somebody asks for more than the suite takes, or for one again.
  public static let areAskedFor =
    repeated != nil || Exhaustive.number("LETHE_FAULT_HISTORIES") != nil || Exhaustive.isAsked

  /// All that are to be lived through.
  ///
  /// - Parameters:
  ///   - usual: how many the suite takes.
  ///   - all: how many it takes where all is asked for.
  public static func seeds(_ usual: Int, of all: Int) -> [UInt64] {
    if let repeated { return [repeated] }
    return Array(1...(Exhaustive.number("LETHE_FAULT_HISTORIES") ?? UInt64(Exhaustive.count(usual, of: all))))
  }

  /// How to see what happened.
  public static func advice(_ seed: UInt64) -> String { "seed \(seed): repeat with LETHE_FAULT_SEED=\(seed)" }

  /// Parts of the seeds that run beside one another.
  public static let lanes = 0..<8

  /// A lane's part of the seeds.
  public static func seeds(_ usual: Int, of all: Int, lane: Int) -> [UInt64] {
    seeds(usual, of: all).filter { Int($0 % UInt64(lanes.count)) == lane }
  }
}
