/// A list that nearly always has one element, which then lies in place: an array for each of many lists costs more than
/// what is done with their elements. Public and inlinable as `Monitor` is.
public struct OneOrMany<Element> {
  @usableFromInline enum Storage {
    case one(Element)
    /// Any other number.
    case many([Element])
  }

  @usableFromInline var storage: Storage

  @inlinable public init(_ element: Element) { storage = .one(element) }

  @inlinable public init(_ elements: [Element]) {
    storage = elements.count == 1 ? .one(elements[0]) : .many(elements)
  }
}

extension OneOrMany: RandomAccessCollection {
  @inlinable public var startIndex: Int { 0 }

  @inlinable public var endIndex: Int {
    switch storage {
    case .one: 1
    case .many(let elements): elements.count
    }
  }

  @inlinable public subscript(index: Int) -> Element {
    switch storage {
    case .one(let element):
      precondition(index == 0, "an element of the list")
      return element
    case .many(let elements): return elements[index]
    }
  }
}

extension OneOrMany: ExpressibleByArrayLiteral {
  @inlinable public init(arrayLiteral elements: Element...) { self.init(elements) }
}

extension OneOrMany.Storage: Sendable where Element: Sendable {}
extension OneOrMany: Sendable where Element: Sendable {}
extension OneOrMany.Storage: Equatable where Element: Equatable {}
extension OneOrMany: Equatable where Element: Equatable {}
extension OneOrMany.Storage: Hashable where Element: Hashable {}
extension OneOrMany: Hashable where Element: Hashable {}
