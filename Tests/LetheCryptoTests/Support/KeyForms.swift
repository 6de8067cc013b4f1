import LetheCrypto
import LetheTesting

extension Needle {
  /// The forms in which libcrypto and we have 32 bytes of key in memory: as they are, with the words of SHA-256 and
  /// SHA-512 turned round, as HMAC's padded keys, and as the hash functions' message schedules, where the round's
  /// constants are added to the words. Each is looked for by its halves.
  static func forms(of key: borrowing Secret, _ name: String) -> [Needle] {
    key.withBytes { key in
      func byte(_ index: Int) -> UInt8 { key.unsafeLoad(fromByteOffset: index, as: UInt8.self) }
      var needles: [Needle] = []
      for start in [0, 16] {
        needles.append(Needle("\(name), plain \(start)") { byte(start + $0) })
        needles.append(Needle("\(name), 4-byte words \(start)") { byte(start + ($0 ^ 3)) })
        needles.append(Needle("\(name), 8-byte words \(start)") { byte(start + ($0 ^ 7)) })
        for pad in [0x36, 0x5C] as [UInt8] {
          needles.append(Needle("\(name), XOR \(pad) \(start)") { byte(start + $0) ^ pad })
          needles.append(Needle("\(name), 4-byte words XOR \(pad) \(start)") { byte(start + ($0 ^ 3)) ^ pad })
          needles.append(
            Needle("\(name), SHA-256 schedule XOR \(pad) \(start)") { index in
              let word = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(byte(start + index / 4 * 4 + $1) ^ pad) }
              return UInt8(truncatingIfNeeded: (word &+ constants256[start / 4 + index / 4]) >> UInt32(index % 4 * 8))
            })
        }
        needles.append(
          Needle("\(name), SHA-512 schedule \(start)") { index in
            let word = (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(byte(start + index / 8 * 8 + $1)) }
            return UInt8(truncatingIfNeeded: (word &+ constants512[start / 8 + index / 8]) >> UInt64(index % 8 * 8))
          })
      }
      return needles
    }
  }
}

extension Needle {
  /// What Ed25519's SHA-512 of a 32-byte seed leaves last in its ring of message words, of which the seed can be
  /// calculated: words 64-79 with the rounds' constants added.
  static func lastSchedule(of seed: borrowing Secret) throws -> [Needle] {
    var words = try Secret(count: 80 * 8)
    return seed.withBytes { seed in
      words.withMutableBytes { words in
        func word(_ index: Int) -> UInt64 { words.unsafeLoad(fromByteOffset: index * 8, as: UInt64.self) }
        func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word >> count | word << (64 - count) }
        for index in 0..<80 {
          let next: UInt64
          switch index {
          case 0..<4: next = seed.unsafeLoad(fromByteOffset: index * 8, as: UInt64.self).bigEndian
          case 4: next = 1 << 63
          case 5..<15: next = 0
          case 15: next = 256
          default:
            let (near, far) = (word(index - 2), word(index - 15))
            next =
              word(index - 16) &+ word(index - 7) &+ (rotated(near, 19) ^ rotated(near, 61) ^ near >> 6)
              &+ (rotated(far, 1) ^ rotated(far, 8) ^ far >> 7)
          }
          words.storeBytes(of: next, toByteOffset: index * 8, as: UInt64.self)
        }
        return stride(from: 64, to: 80, by: 2).map { first in
          Needle("seed, SHA-512 schedule's words \(first)") { index in
            let sum = word(first + index / 8) &+ lastConstants512[first - 64 + index / 8]
            return UInt8(truncatingIfNeeded: sum >> UInt64(index % 8 * 8))
          }
        }
      }
    }
  }
}

private let lastConstants512: [UInt64] = [
  0xca27_3ece_ea26_619c, 0xd186_b8c7_21c0_c207, 0xeada_7dd6_cde0_eb1e, 0xf57d_4f7f_ee6e_d178, 0x06f0_67aa_7217_6fba,
  0x0a63_7dc5_a2c8_98a6, 0x113f_9804_bef9_0dae, 0x1b71_0b35_131c_471b, 0x28db_77f5_2304_7d84, 0x32ca_ab7b_40c7_2493,
  0x3c9e_be0a_15c9_bebc, 0x431d_67c4_9c10_0d4c, 0x4cc5_d4be_cb3e_42b6, 0x597f_299c_fc65_7e2a, 0x5fcb_6fab_3ad6_faec,
  0x6c44_198c_4a47_5817,
]

/// FIPS 180-4, 4.2.2 and 4.2.3: the first of them.
private let constants256: [UInt32] = [
  0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
]
private let constants512: [UInt64] = [
  0x428a_2f98_d728_ae22, 0x7137_4491_23ef_65cd, 0xb5c0_fbcf_ec4d_3b2f, 0xe9b5_dba5_8189_dbbc,
]
