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

  @Test(arguments: 0..<200 as Range<UInt64>) func `the fields of a document are those that each pointer leads to`(
    _ seed: UInt64
  ) throws {
    var generator = Generator(seed)
    let document = try JSONDocument(scanning: generator.object(depth: 4, names: nil).bytes)
    let names = ["a", "b", "c", "note", "medicine", "0", "1", "2", "01", "a/b", "m~n", "\u{E9}", ""]
    var tree = PointerTree()
    var pointers: [JSONPointer] = []
    for _ in 0..<60 {
      let tokens = (0...generator.random.below(3)).map { _ in generator.random.pick(names) }
      let pointer = JSONPointer(tokens: tokens)
      if tree.add(pointer) == .apart { pointers.append(pointer) }
    }
    let found = tree.fields(in: document)
    let expected = pointers.enumerated().filter { document.resolve($0.element) != nil }
    #expect(found.map(\.field) == expected.map(\.offset) && found.map(\.path.pointer) == expected.map(\.element))
    for field in found {
      #expect(field.value == document.resolve(field.path.pointer))
      let tokens = field.path.pointer.tokens
      #expect(field.container == document.resolve(JSONPointer(tokens: tokens.dropLast())))
      #expect(field.name.map { document.string($0) } == (field.name == nil ? nil : tokens.last))
      for (count, step) in field.path.steps.enumerated() {
        let container = document.resolve(JSONPointer(tokens: Array(tokens.prefix(count)))).map { document.kind($0) }
        switch step {
        case .member: #expect(container == .object)
        case .element: #expect(container == .array)
        }
      }
    }
  }

  @Test func `thousands of retained fields are divided, joined and shown`() throws {
    let fields = (0..<3000).map { "\"f\($0)\":{\"v\":\($0).0}" }.joined(separator: ",")
    let event = try PartsTests.event("{\(fields)}")
    let policies = try PartsTests.policies(retained: ["/type"] + (0..<3000).map { "/data/f\($0)/v" })
    let parts = try policies.divide(event, recordedAt: PartsTests.time)
    let (personal, retained) = try (#require(parts.personal), #require(parts.retained))
    let whole = try OpenedEvent([personal, retained], under: policies)
    #expect(try CloudEvent(json: whole.text).isEquivalent(to: event))
    let partial = try JSONValue(parsing: OpenedEvent([retained], under: policies).text)
    #expect(try partial["data"]?.isEquivalent(to: JSONValue(parsing: "{\(fields)}".bytes)) == true)
  }
}
