import LetheSystem
import Testing

@testable import LethePolicies

@Suite struct PointerTreeTests {
  static func pointer(_ text: String) throws -> JSONPointer { try JSONPointer(text) }

  @Test func `a field that is there, around another or in one is found out`() throws {
    var tree = PointerTree()
    for text in ["/data/a", "/data/b/c", "/type", "/data/\u{E9}", "/data/e\u{301}", "/data/a~1b"] {
      #expect(try tree.add(Self.pointer(text)) == .apart, "\(text)")
    }
    #expect(try tree.add(Self.pointer("/data/b/c")) == .repeated)
    for text in ["/data", "/data/b", "/type/x", "/data/a/x/y"] {
      #expect(try tree.add(Self.pointer(text)) == .nested, "\(text)")
    }
  }

  @Test func `each pair of pointers stands as their tokens say`() throws {
    let texts = ["/a", "/a/b", "/a/b/c", "/b", "/a/c", "/ab", "/a~1b"]
    for one in texts {
      for two in texts {
        let (left, right) = try (Self.pointer(one), Self.pointer(two))
        var tree = PointerTree()
        #expect(tree.add(left) == .apart)
        let expected: PointerTree.Answer =
          left == right ? .repeated : left.isPrefix(of: right) || right.isPrefix(of: left) ? .nested : .apart
        #expect(tree.touches(right) == (expected != .apart))
        #expect(tree.add(right) == expected, "\(one) \(two)")
      }
    }
  }
}
