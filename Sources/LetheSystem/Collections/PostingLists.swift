/// Many ascending lists of numbers below 2^63, most of them short: where in the log the events of each stream stand, say.
///
/// A list of one number is one word. Longer ones lie in chunks of a shared arena, each behind its list's earlier one:
/// next chunk (0: none), count, first number (two words), then the differences of those that follow, in 32 bits each.
package struct PostingLists: Sendable {
  package init() {}

  /// Per list: 0 if it is empty, its one number plus one, or `Self.spilled` and its place in `spills`.
  private var lists = PagedArray<UInt64>()
  private var spills = PagedArray<Spill>()
  /// The arena; chunk 0 is none.
  private var words = PagedArray<UInt32>()

  private static let spilled: UInt64 = 1 << 63
  private static let headCount = 4
  /// Differences that a list's first chunk and its largest ones hold.
  private static let capacities = 2...256

  /// What is known of a list with several numbers.
  private struct Spill: BitwiseCopyable {
    let head: UInt32
    var tail: UInt32
    var tailCapacity: UInt32
    var count: UInt32
    var last: UInt64
  }

  /// The number of lists.
  package var count: Int { lists.count }

  /// Begins an empty list, whose number is the count before.
  package mutating func addList() { lists.append(0) }

  /// - Parameter value: above the list's last.
  package mutating func append(_ value: UInt64, to list: Int) {
    let word = lists[list]
    guard word != 0 else {
      lists[list] = value + 1
      return
    }
    guard word & Self.spilled != 0 else {
      let chunk = addChunk(beginning: word - 1, capacity: Self.capacities.lowerBound)
      lists[list] = Self.spilled | UInt64(spills.count)
      spills.append(
        Spill(
          head: chunk, tail: chunk, tailCapacity: UInt32(Self.capacities.lowerBound), count: 1, last: word - 1))
      append(value, to: list)
      return
    }
    let place = Int(word & ~Self.spilled)
    var spill = spills[place]
    let tail = Int(spill.tail)
    let used = words[tail + 1] - 1
    let difference = value - spill.last
    if used < spill.tailCapacity, let short = UInt32(exactly: difference) {
      words[tail + Self.headCount + Int(used)] = short
      words[tail + 1] += 1
    } else {
      let capacity = min(Int(spill.tailCapacity) * 2, Self.capacities.upperBound)
      let chunk = addChunk(beginning: value, capacity: capacity)
      words[tail] = chunk
      spill.tail = chunk
      spill.tailCapacity = UInt32(capacity)
    }
    spill.count += 1
    spill.last = value
    spills[place] = spill
  }

  private mutating func addChunk(beginning first: UInt64, capacity: Int) -> UInt32 {
    if words.isEmpty { words.append(0) }
    let chunk = UInt32(words.count)
    words.append(0)
    words.append(1)
    words.append(UInt32(truncatingIfNeeded: first))
    words.append(UInt32(truncatingIfNeeded: first >> 32))
    for _ in 0..<capacity { words.append(0) }
    return chunk
  }

  package func count(of list: Int) -> Int {
    let word = lists[list]
    if word & Self.spilled != 0 { return Int(spills[Int(word & ~Self.spilled)].count) }
    return word == 0 ? 0 : 1
  }

  package func last(of list: Int) -> UInt64? {
    let word = lists[list]
    if word & Self.spilled != 0 { return spills[Int(word & ~Self.spilled)].last }
    return word == 0 ? nil : word - 1
  }

  /// The numbers at some of a list's places; passes over whole chunks before them.
  package func values(of list: Int, at places: Range<Int>) -> [UInt64] {
    let word = lists[list]
    guard word & Self.spilled != 0 else { return word == 0 || !places.contains(0) ? [] : [word - 1] }
    var values: [UInt64] = []
    forEachChunk(of: word) { chunk, place, count in
      guard place < places.upperBound else { return false }
      guard place + count > places.lowerBound else { return true }
      var value = first(of: chunk)
      for number in 0..<count {
        if number > 0 { value += UInt64(words[chunk + Self.headCount + number - 1]) }
        if places.contains(place + number) { values.append(value) }
      }
      return true
    }
    return values
  }

  package func values(of list: Int) -> [UInt64] { values(of: list, at: 0..<count(of: list)) }

  private func first(of chunk: Int) -> UInt64 { UInt64(words[chunk + 2]) | UInt64(words[chunk + 3]) << 32 }

  /// Gives each chunk with its first number's place and its count, until the body says that it is enough.
  private func forEachChunk(of word: UInt64, _ body: (_ chunk: Int, _ place: Int, _ count: Int) -> Bool) {
    var chunk = Int(spills[Int(word & ~Self.spilled)].head)
    var place = 0
    while chunk != 0 {
      let count = Int(words[chunk + 1])
      guard body(chunk, place, count) else { return }
      place += count
      chunk = Int(words[chunk])
    }
  }
}
