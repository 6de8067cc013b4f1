internal import LetheSystem

/// Which records of a segment each key has: a hash table over posting lists, 4 bytes a place.
struct PostingTable<Key: PostingKey>: Sendable {
  private(set) var keys = PagedArray<Key>()
  private var lists = PostingLists()
  /// Rows plus one by the hash of their keys, with open addressing; 0 is free. At most three quarters are taken.
  private var places: [UInt32] = Array(repeating: 0, count: 64)

  /// The number of keys.
  var count: Int { keys.count }

  func row(of key: Key) -> Int? {
    let found = places[place(of: key)]
    return found == 0 ? nil : Int(found) - 1
  }

  /// Adds a record to a key's, which may be new; one that is the key's last already is not added again.
  ///
  /// - Returns: the key's row.
  mutating func add(_ posting: Posting, to key: Key) -> Int {
    if (count + 1) * 4 > places.count * 3 { growPlaces() }
    let place = place(of: key)
    var row = Int(places[place]) - 1
    if row < 0 {
      row = count
      keys.append(key)
      lists.addList()
      places[place] = UInt32(row + 1)
    }
    if lists.last(of: row) != UInt64(posting.rawValue) { lists.append(UInt64(posting.rawValue), to: row) }
    return row
  }

  func postings(ofRow row: Int) -> [Posting] { lists.values(of: row).map { Posting(rawValue: UInt32($0)) } }
  func postings(of key: Key) -> [Posting] { row(of: key).map { postings(ofRow: $0) } ?? [] }

  /// Where the key stands in `places`, or the free place where it belongs.
  private func place(of key: Key) -> Int {
    var place = key.place & (places.count - 1)
    while places[place] != 0, keys[Int(places[place]) - 1] != key { place = (place + 1) & (places.count - 1) }
    return place
  }

  private mutating func growPlaces() {
    places = Array(repeating: 0, count: places.count * 2)
    for row in 0..<count { places[place(of: keys[row])] = UInt32(row + 1) }
  }
}

/// What records are found by.
protocol PostingKey: Equatable, BitwiseCopyable, Sendable {
  /// A hash whose low bits are well spread; nobody outside chooses keys.
  var place: Int { get }
}

extension StreamID: PostingKey {
  // Random already.
  var place: Int { Int(truncatingIfNeeded: words.1) }
}

extension UInt64: PostingKey {
  // By Fibonacci hashing, from the upper half.
  var place: Int { Int(truncatingIfNeeded: (self &* 0x9e37_79b9_7f4a_7c15) >> 32) }
}

/// A record of a segment, by its number there, and whether it is a fact about the key or of the key's own.
struct Posting: Hashable, BitwiseCopyable, Sendable {
  /// The number << 1, and 1 for a fact.
  let rawValue: UInt32

  init(rawValue: UInt32) { self.rawValue = rawValue }

  init(_ number: Int, isFact: Bool) { rawValue = UInt32(number) << 1 | (isFact ? 1 : 0) }

  /// Records that a segment can have.
  static let mostRecords = 1 << 31

  var number: Int { Int(rawValue >> 1) }
  var isFact: Bool { rawValue & 1 == 1 }
}
