import COpenSSL
import Glibc
import LetheCrypto

/// 16 bytes to look for, kept with every byte XOR 2A so that the searcher's own copy is never found.
struct Needle {
  let name: String
  fileprivate let masked: [UInt8]

  /// The needle of bytes that the caller forgets.
  init(_ name: String, _ byte: (Int) -> UInt8) {
    self.name = name
    masked = (0..<16).map { byte($0) ^ 0x2A }
  }
}

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

/// The C library's search, which Swift's module of it does not show.
private let memmem = unsafeBitCast(
  dlsym(nil, "memmem"),
  to: (@convention(c) (UnsafeRawPointer, Int, UnsafeRawPointer, Int) -> UnsafeRawPointer?).self)

/// Reads all of the process's memory that it can read.
enum MemorySearch {
  struct Hit {
    let needle: String
    /// The mapping's start, and what /proc/self/maps says of it.
    let start: UInt
    let mapping: String
  }

  struct Failed: Error {}

  /// Every place where a needle lies unmasked.
  static func find(_ needles: [Needle]) throws -> [Hit] {
    let memory = open("/proc/self/mem", O_RDONLY)
    let pages = open("/proc/self/pagemap", O_RDONLY)
    guard memory >= 0, pages >= 0 else { throw Failed() }
    defer {
      close(memory)
      close(pages)
    }
    // A mapping of its own, which is left out of the search: what is read passes through it.
    let count = 128 << 10
    let overlap = 15
    guard let buffer = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      buffer != MAP_FAILED
    else { throw Failed() }
    // A neighbour of the same kind would be joined with it.
    guard madvise(buffer, count, MADV_DONTFORK) == 0 else { throw Failed() }
    defer { munmap(buffer, count) }
    let own = UInt(bitPattern: buffer)

    var hits: [Hit] = []
    for mapping in try mappings() where !mapping.range.contains(own) {
      var place = mapping.range.lowerBound
      while place < mapping.range.upperBound {
        let wanted = min(count, Int(mapping.range.upperBound - place))
        guard isUsed(place, wanted, pages) else {
          place += UInt(wanted)
          continue
        }
        let read = pread(memory, buffer, wanted, off_t(place))
        // A mapping may be gone, or be the kernel's own, which cannot be read this way.
        guard read > 0 else { break }
        mask(buffer, read)
        for needle in needles where memmem(buffer, read, needle.masked, needle.masked.count) != nil {
          hits.append(Hit(needle: needle.name, start: mapping.range.lowerBound, mapping: mapping.name))
        }
        if read < wanted || read <= overlap { break }
        place += UInt(place + UInt(read) == mapping.range.upperBound ? read : read - overlap)
      }
    }
    return hits
  }

  /// Whether a page of the range is in memory or swapped out; others were never written. Bits 63 and 62 of the page's
  /// eight bytes say so.
  private static func isUsed(_ start: UInt, _ count: Int, _ pages: Int32) -> Bool {
    let first = start / 4_096
    let end = (start + UInt(count) + 4_095) / 4_096
    var entries = [UInt64](repeating: 0, count: Int(end - first))
    let read = pread(pages, &entries, entries.count * 8, off_t(first * 8))
    return read != entries.count * 8 || entries.contains { $0 >> 62 != 0 }
  }

  private static func mask(_ buffer: UnsafeMutableRawPointer, _ count: Int) {
    var offset = 0
    // Up to the word's end; the buffer is whole pages.
    while offset < count {
      let word = buffer.load(fromByteOffset: offset, as: UInt64.self)
      buffer.storeBytes(of: word ^ 0x2A2A_2A2A_2A2A_2A2A, toByteOffset: offset, as: UInt64.self)
      offset &+= 8
    }
  }

  private struct Mapping {
    let range: Range<UInt>
    let name: String
  }

  /// The readable mappings but for the kernel's [vvar] and [vsyscall].
  private static func mappings() throws -> [Mapping] {
    try lines(of: "/proc/self/maps").compactMap { line in
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard ends.count == 2, fields[1].hasPrefix("r") else { return nil }
      return Mapping(range: ends[0]..<ends[1], name: fields[1] + " " + (fields.count > 5 ? fields[5] : "anonymous"))
    }
  }

  /// The flags and figures of the mapping that holds an address, as /proc/self/smaps tells them.
  static func details(at address: UInt) throws -> [String: String] {
    var details: [String: String] = [:]
    var isInside = false
    for line in try lines(of: "/proc/self/smaps") {
      let ends = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
      if ends.count == 2 {
        isInside = (ends[0]..<ends[1]).contains(address)
      } else if isInside, let colon = line.firstIndex(of: ":") {
        details[String(line[..<colon])] = String(line[line.index(after: colon)...].drop { $0 == " " })
      }
    }
    return details
  }

  private static func lines(of path: String) throws -> [Substring] {
    guard let file = fopen(path, "r") else { throw Failed() }
    defer { fclose(file) }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { text += chunk[..<count] }
    return String(decoding: text, as: UTF8.self).split(separator: "\n")
  }
}
