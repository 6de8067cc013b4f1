internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// The registered subjects in columns: some tens of bytes each, so that a million of them fit in memory.
///
/// Subject indexes are given in ascending order, so a subject's row is found by binary search.
struct SubjectTable {
  private var indexes = PagedArray<UInt64>()
  private var registrations = PagedArray<UInt64>()
  /// Positions of `SlotOpened` << 4 | slot, slot 0 left out.
  private var slots = PostingLists()
  private var events = PostingLists()
  /// Rows of the streams that the subject owns.
  private var streams = PostingLists()

  var count: Int { indexes.count }

  /// Adds a subject.
  ///
  /// - Returns: false if the index is not above all that were given before; nothing was added then.
  mutating func register(_ subject: SubjectIndex, at position: UInt64) -> Bool {
    guard indexes.last.map({ $0 < subject.rawValue }) ?? true else { return false }
    indexes.append(subject.rawValue)
    registrations.append(position)
    slots.addList()
    events.addList()
    streams.addList()
    return true
  }

  /// All of them, ascending.
  var all: [SubjectIndex] { (0..<count).compactMap { SubjectIndex(rawValue: indexes[$0]) } }

  func row(of subject: SubjectIndex) -> Int? {
    let row = indexes.firstPlace(notBefore: { $0 < subject.rawValue })
    return row < count && indexes[row] == subject.rawValue ? row : nil
  }

  func registration(ofRow row: Int) -> UInt64 { registrations[row] }

  mutating func open(slot: Int, ofRow row: Int, at position: UInt64) {
    slots.append(position << 4 | UInt64(slot), to: row)
  }

  /// The opened slots in order of opening, slot 0 left out.
  func slots(ofRow row: Int) -> [(slot: Int, position: UInt64)] {
    slots.values(of: row).map { (Int($0 & 15), $0 >> 4) }
  }

  /// An event has a part under one of the subject's slots; an event that is noted last already is not noted again.
  mutating func note(eventAt position: UInt64, ofRow row: Int) {
    if events.last(of: row) != position { events.append(position, to: row) }
  }

  func events(ofRow row: Int) -> [UInt64] { events.values(of: row) }
  func eventCount(ofRow row: Int) -> Int { events.count(of: row) }

  mutating func own(stream: Int, row: Int) { streams.append(UInt64(stream), to: row) }
  func streams(ofRow row: Int) -> [Int] { streams.values(of: row).map { Int($0) } }
}
