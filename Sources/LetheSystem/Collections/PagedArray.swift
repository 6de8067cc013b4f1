/// An array that grows page by page: for columns of millions of small values.
///
/// An `Array` copies all it holds into twice the room whenever it is full, and for that moment needs three times its size;
/// here what is there stays where it is, and at most one page is unused. Inlinable, so that each use is compiled for its
/// own kind of element.
public struct PagedArray<Element: BitwiseCopyable & Sendable>: Sendable {
  /// Elements in a page, as a power of two.
  @inlinable static var pageBits: Int { 14 }
  @inlinable static var pageCount: Int { 1 << pageBits }

  @usableFromInline var pages: [[Element]] = []
  @usableFromInline var elementCount = 0

  @inlinable public init() {}

  @inlinable public var count: Int { elementCount }
  @inlinable public var isEmpty: Bool { elementCount == 0 }
  @inlinable public var last: Element? { elementCount == 0 ? nil : self[elementCount - 1] }

  @inlinable public mutating func append(_ element: Element) {
    if elementCount & (Self.pageCount - 1) == 0 {
      // The first page grows as it needs to, so that a small array costs little.
      var page: [Element] = []
      if !pages.isEmpty { page.reserveCapacity(Self.pageCount) }
      pages.append(page)
    }
    pages[pages.count - 1].append(element)
    elementCount += 1
  }

  @inlinable public subscript(index: Int) -> Element {
    get { pages[index >> Self.pageBits][index & (Self.pageCount - 1)] }
    set { pages[index >> Self.pageBits][index & (Self.pageCount - 1)] = newValue }
  }
}
