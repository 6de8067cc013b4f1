internal import COpenSSL
public import LetheSystem

/// Keys from passphrases: scrypt (RFC 7914), which takes memory so that guessing is dear.
public enum Scrypt {
  /// What one derivation costs: N = 2^`rounds`, r and p as RFC 7914 names them. It takes 128 * N * r bytes of memory.
  public struct Cost: Hashable, Sendable {
    /// log2 N.
    public let rounds: UInt8
    /// r.
    public let blocks: UInt8
    /// p.
    public let lanes: UInt8

    public init(rounds: UInt8, blocks: UInt8, lanes: UInt8) {
      self.rounds = rounds
      self.blocks = blocks
      self.lanes = lanes
    }

    /// 32 MiB and about a tenth of a second.
    public static let usual = Cost(rounds: 15, blocks: 8, lanes: 1)

    /// Whether it is neither too cheap for whoever guesses nor too dear for this machine: whoever can write a cost must
    /// not be able to take all memory or time. At most 128 MiB, four times over.
    public var isAcceptable: Bool { (10...17).contains(rounds) && blocks == 8 && (1...4).contains(lanes) }
  }

  /// Derives a key (`EVP_PBE_scrypt`).
  ///
  /// - Throws: `io` if there is no memory or libcrypto fails.
  public static func derive(
    from passphrase: borrowing Secret, salt: RawSpan, _ cost: Cost, byteCount: Int = 32
  ) throws(LetheError) -> Secret {
    precondition(cost.rounds < 32, "a cost is checked before it is paid")
    let memory = UInt64(128) * UInt64(cost.blocks) * (1 << UInt64(cost.rounds) + UInt64(cost.lanes) + 4)
    var derived = try Secret(count: byteCount)
    let done: Int32 = passphrase.withBytes { passphrase in
      passphrase.withUnsafeBytes { passphrase in
        salt.withUnsafeBytes { salt in
          derived.withMutableBytes { derived in
            derived.withUnsafeMutableBytes { out in
              defer { lethe_clear_deep_traces() }
              return EVP_PBE_scrypt(
                passphrase.baseAddress?.assumingMemoryBound(to: CChar.self), passphrase.count, salt.bytePointer,
                salt.count, 1 << UInt64(cost.rounds), UInt64(cost.blocks), UInt64(cost.lanes), memory,
                out.baseAddress?.assumingMemoryBound(to: UInt8.self), out.count)
            }
          }
        }
      }
    }
    guard done == 1 else { throw .libcrypto("EVP_PBE_scrypt") }
    return derived
  }
}
