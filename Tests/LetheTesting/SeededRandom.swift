public import LetheSystem
internal import Synchronization

/// A sequence that its seed determines (SplitMix64, Steele, Lea and Flood 2014), for property tests.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  public mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}

/// Randomness that repeats: equal seeds give equal keys and nonces in the same order of calls. For tests alone.
public final class SeededRandom: RandomSource {
  private let generator: Mutex<SeededGenerator>

  public init(seed: UInt64 = 1) { generator = Mutex(SeededGenerator(seed: seed)) }

  public func fill(_ buffer: inout MutableRawSpan) throws(LetheError) {
    let bytes = generator.withLock { $0.bytes(buffer.byteCount) }
    for (offset, byte) in bytes.enumerated() { buffer.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self) }
  }

  /// The next number, for tests that choose at random.
  public func next() -> UInt64 { generator.withLock { $0.next() } }
}
