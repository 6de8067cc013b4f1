/// An array that grows page by page: for columns of millions of small values.
///
/// An `Array` copies all it holds into twice the room whenever it is full, and for that moment needs three times its size;
/// here what is there stays where it is, and at most one page is unused.
package struct PagedArray<Element: BitwiseCopyable & Sendable>: Sendable {
  /// Elements in a page.
  private static var pageCount: Int { 1 << pageBits }
  private static var pageBits: Int { 14 }

  private var pages: [[Element]] = []
  package private(set) var count = 0

  package init() {}

  package var isEmpty: Bool { count == 0 }

  package mutating func append(_ element: Element) {
    if count & (Self.pageCount - 1) == 0 {
      // The first page grows as it needs to, so that a small one costs little.
      var page: [Element] = []
      if !pages.isEmpty { page.reserveCapacity(Self.pageCount) }
      pages.append(page)
    }
    pages[pages.count - 1].append(element)
    count += 1
  }

  package subscript(index: Int) -> Element {
    get { pages[index >> Self.pageBits][index & (Self.pageCount - 1)] }
    set { pages[index >> Self.pageBits][index & (Self.pageCount - 1)] = newValue }
  }

  package var last: Element? { count == 0 ? nil : self[count - 1] }

  /// The first place whose element is not before what is looked for; the elements are in that order.
  package func firstIndex(notBefore isBefore: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
