/// Searches by halves, in collections that are in order. Inlinable, so that each use is compiled for its own kind of element.
extension RandomAccessCollection where Index == Int {
  /// The first place whose element does not come before what is looked for; the end if all do.
  ///
  /// - Parameter isBefore: holds for the elements of a front part, which may be empty or all, and for no others.
  @inlinable public func firstPlace(notBefore isBefore: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The place of the first element that has a key, among elements whose keys ascend; nil if none has it.
  @inlinable public func firstPlace<Key: Comparable>(ofKey key: Key, _ keyOf: (Element) -> Key) -> Int? {
    let place = firstPlace(notBefore: { keyOf($0) < key })
    return place < endIndex && keyOf(self[place]) == key ? place : nil
  }
}
