internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// The streams in columns, found by their ids through a table of 4 bytes a place.
struct StreamTable {
  private var ids = PagedArray<StreamID>()
  private var creations = PagedArray<UInt64>()
  /// The owner's index plus one; 0 is none.
  private var owners = PagedArray<UInt64>()
  private var events = PostingLists()
  /// Rows plus one by the hash of their ids, with open addressing; 0 is free. At most three quarters are taken.
  private var places: [UInt32] = Array(repeating: 0, count: 1 << 10)

  var count: Int { ids.count }

  /// - Returns: the new stream's row; nil if the id is taken.
  mutating func create(_ id: StreamID, owner: SubjectIndex?, at position: UInt64) -> Int? {
    if (count + 1) * 4 > places.count * 3 { growPlaces() }
    let place = place(of: id)
    guard places[place] == 0 else { return nil }
    ids.append(id)
    creations.append(position)
    owners.append(owner.map { $0.rawValue + 1 } ?? 0)
    events.addList()
    places[place] = UInt32(count)
    return count - 1
  }

  func row(of id: StreamID) -> Int? {
    let found = places[place(of: id)]
    return found == 0 ? nil : Int(found) - 1
  }

  func id(ofRow row: Int) -> StreamID { ids[row] }
  func creation(ofRow row: Int) -> UInt64 { creations[row] }
  func owner(ofRow row: Int) -> SubjectIndex? {
    owners[row] == 0 ? nil : SubjectIndex(rawValue: owners[row] - 1)
  }

  mutating func append(eventAt position: UInt64, toRow row: Int) { events.append(position, to: row) }
  func eventCount(ofRow row: Int) -> Int { events.count(of: row) }
  func events(ofRow row: Int, at revisions: Range<Int>) -> [UInt64] { events.values(of: row, at: revisions) }
  func revision(of position: UInt64, inRow row: Int) -> UInt64? {
    events.place(of: position, in: row).map { UInt64($0) }
  }

  /// Where the id stands in `places`, or the free place where it belongs.
  private func place(of id: StreamID) -> Int {
    var place = id.hashValue & (places.count - 1)
    while places[place] != 0, ids[Int(places[place]) - 1] != id { place = (place + 1) & (places.count - 1) }
    return place
  }

  private mutating func growPlaces() {
    places = Array(repeating: 0, count: places.count * 2)
    for row in 0..<count { places[place(of: ids[row])] = UInt32(row + 1) }
  }
}
