import Glibc

/// 16 bytes to look for, kept with every byte XOR 2A so that the searcher's own copy is never found.
package struct Needle {
  package let name: String
  fileprivate let masked: [UInt8]

  /// The needle of bytes that the caller forgets.
  package init(_ name: String, _ byte: (Int) -> UInt8) {
    self.name = name
    masked = (0..<16).map { byte($0) ^ 0x2A }
  }
}

/// The C library's search, which Swift's module of it does not show.
private let memmem = unsafeBitCast(
  dlsym(nil, "memmem"),
  to: (@convention(c) (UnsafeRawPointer, Int, UnsafeRawPointer, Int) -> UnsafeRawPointer?).self)

/// Reads all of the process's memory that it can read. What another thread maps or unmaps meanwhile can hide the rest of
/// a mapping: a test that relies on it runs in a process of its own.
package enum MemorySearch {
  package struct Hit {
    package let needle: String
    /// The mapping's start, and what /proc/self/maps says of it.
    package let start: UInt
    package let mapping: String
  }

  struct Failed: Error {}

  /// Every place where a needle lies unmasked.
  package static func find(_ needles: [Needle]) throws -> [Hit] {
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
        for needle in needles {
          for _ in 0..<placeCount(of: needle, in: buffer, read) {
            hits.append(Hit(needle: needle.name, start: mapping.range.lowerBound, mapping: mapping.name))
          }
        }
        if read < wanted || read <= overlap { break }
        place += UInt(place + UInt(read) == mapping.range.upperBound ? read : read - overlap)
      }
    }
    return hits
  }

  private static func placeCount(of needle: Needle, in buffer: UnsafeMutableRawPointer, _ length: Int) -> Int {
    var (found, start) = (0, 0)
    while let hit = memmem(buffer + start, length - start, needle.masked, needle.masked.count) {
      found += 1
      start = hit - UnsafeRawPointer(buffer) + 1
    }
    return found
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
  package static func details(at address: UInt) throws -> [String: String] {
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
