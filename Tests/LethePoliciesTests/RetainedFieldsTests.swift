import LetheSystem
import Testing

@testable import LethePolicies

@Suite struct RetainedFieldsTests {
  /// What the retained part alone gives.
  static func partial(_ event: CloudEvent, _ policies: Policies) throws -> OpenedEvent {
    let retained = try #require(try policies.divide(event, recordedAt: PartsTests.time).retained)
    return try OpenedEvent([PartContent(decoding: retained.encoded())], under: policies)
  }

  static func data(_ event: OpenedEvent) throws -> String? {
    try JSONValue(parsing: event.text)["data"]?.compactText.string
  }

  static func code(opening parts: [PartContent]) -> LetheError.Code? {
    failure { () throws(LetheError) in _ = try OpenedEvent(parts, under: Policies(files: [])) }?.code
  }

  /// A part of kind 3 or 5.
  static func part(_ kind: UInt8, _ text: String) throws -> PartContent {
    try PartContent(decoding: [kind] + text.bytes)
  }

  @Test func `a retained member with a number for a name comes back in an object`() throws {
    let policies = try PartsTests.policies(retained: ["/type", "/data/hours/8"])
    let opened = try Self.partial(PartsTests.event("{\"hours\":{\"8\":1.5}}"), policies)
    #expect(opened.extent == .partial && opened.text.string == "{\"type\":\"T\",\"data\":{\"hours\":{\"8\":1.5}}}")
  }

  @Test(
    arguments: [
      (["/hours/8"], "{\"hours\":{\"8\":1.5,\"9\":2}}", "{\"hours\":{\"8\":1.5}}"),
      (["/hours/2"], "{\"hours\":[7,8,9,10]}", "{\"hours\":[null,null,9]}"),
      (["/a/1", "/b/1"], "{\"a\":[1,2],\"b\":{\"1\":2}}", "{\"a\":[null,2],\"b\":{\"1\":2}}"),
      (["/0/1/0", "/0/0"], "[[\"x\",{\"0\":[5],\"1\":6}]]", "[[\"x\",{\"0\":[5]}]]"),
      (["/0/1/0/0"], "[[\"x\",{\"0\":[5],\"1\":6}]]", "[[null,{\"0\":[5]}]]"),
      (["/0/1/2"], "{\"0\":{\"1\":{\"2\":3}}}", "{\"0\":{\"1\":{\"2\":3}}}"),
      (["/0/1/2"], "[[0,[0,1,2]]]", "[[null,[null,null,2]]]"),
      (["/1", "/3"], "[0,1,2,3,4]", "[null,1,null,3]"),
      (["/3", "/1"], "[0,1,2,3,4]", "[null,1,null,3]"),
      (["/l", "/o"], "{\"l\":[1,[2]],\"o\":{\"0\":[]},\"z\":0}", "{\"l\":[1,[2]],\"o\":{\"0\":[]}}"),
      (["/l/0", "/o/0"], "{\"l\":[[]],\"o\":{\"0\":{}}}", "{\"l\":[[]],\"o\":{\"0\":{}}}"),
      (["/", "/a//0"], "{\"\":1,\"a\":{\"\":[2]}}", "{\"\":1,\"a\":{\"\":[2]}}"),
      (["/-"], "{\"-\":1}", "{\"-\":1}"),
      (["/-", "/0"], "[1,2]", "[1]"),
      (["/01", "/1"], "{\"01\":1,\"1\":2}", "{\"01\":1,\"1\":2}"),
      (["/01", "/1"], "[1,2]", "[null,2]"),
      (["/~0#8", "/~0", "/#"], "{\"~#8\":1,\"~\":2,\"#\":3}", "{\"~#8\":1,\"~\":2,\"#\":3}"),
      (["/9999"], "{\"9999\":1}", "{\"9999\":1}"),
      (["/123456789012"], "{\"123456789012\":1}", "{\"123456789012\":1}"),
    ] as [([String], String, String)])
  func `retained fields come back in the containers that the event has`(
    _ pointers: [String], _ data: String, _ kept: String
  ) throws {
    let policies = try PartsTests.policies(retained: pointers.map { "/data" + $0 })
    let event = try PartsTests.event(data)
    let found = try Self.data(Self.partial(event, policies))
    #expect(
      try JSONValue(parsing: #require(found).bytes).isEquivalent(to: JSONValue(parsing: kept.bytes)),
      "\(found ?? "nothing")")
    let whole = try PartsTests.whole(event, policies)
    #expect(try CloudEvent(json: whole.text).isEquivalent(to: event), "\(whole.text.string)")
  }

  @Test func `the last element that can be retained comes back behind nulls`() throws {
    let event = try PartsTests.event("[" + (0..<10_000).map { "\($0)" }.joined(separator: ",") + "]")
    let policies = try PartsTests.policies(retained: ["/data/9999"])
    let nulls = String(repeating: "null,", count: 9999)
    #expect(try Self.data(Self.partial(event, policies)) == "[\(nulls)9999]")
    #expect(try CloudEvent(json: PartsTests.whole(event, policies).text).isEquivalent(to: event))
  }

  @Test(arguments: 0..<200 as Range<UInt64>) func `random retained fields come back in the containers of random events`(
    _ seed: UInt64
  ) throws {
    var generator = Generator(seed)
    for _ in 0..<5 {
      let event = try PartsTests.event(generator.value(depth: 6))
      let names = ["a", "b", "c", "note", "0", "1", "2", "3", "01", "-", "", "a/b", "m~n", "é"]
      var pointers = try PartsTests.pointers(into: event.text, &generator.random)
      var tree = PointerTree(try pointers.map { pointer throws(LetheError) in try JSONPointer(pointer) })
      // Most of these lead nowhere.
      for _ in 0..<6 {
        let tokens = (0...generator.random.below(4)).map { _ in generator.random.pick(names) }
        let pointer = JSONPointer(tokens: ["data"] + tokens)
        if tree.add(pointer) == .apart { pointers.append(pointer.description) }
      }
      let policies = try PartsTests.policies(retained: pointers)
      let ways = try pointers.map { try JSONPointer($0).tokens[...] }
      let expected = PartsTests.cut(try JSONValue(parsing: event.text), to: ways)
      let retained = try policies.divide(event, recordedAt: PartsTests.time).retained
      #expect((retained == nil) == (expected == nil))
      guard let expected else { continue }
      let found = try JSONValue(parsing: Self.partial(event, policies).text)
      #expect(found.isEquivalent(to: expected), "\(event.text.string) \(pointers) \(found.compactText.string)")
      #expect(try CloudEvent(json: PartsTests.whole(event, policies).text).isEquivalent(to: event))
    }
  }

  @Test func `fields that an earlier version retained come back in objects`() throws {
    let text = "{\"/type\":\"T\",\"/data/hours/8\":1.5,\"/data/l/0/1\":[2],\"/data/-\":3,\"/data/~0\":4}"
    let stamp = [UInt8](repeating: 0, count: 8)
    for part in try [Self.part(3, text), PartContent(decoding: [4] + stamp + text.bytes)] {
      let opened = try OpenedEvent([part], under: Policies(files: []))
      #expect(
        opened.text.string
          == "{\"type\":\"T\",\"data\":{\"hours\":{\"8\":1.5},\"l\":{\"0\":{\"1\":[2]}},\"-\":3,\"~\":4}}")
      #expect(opened.recordedTime == part.recordedTime)
    }
  }

  @Test func `fields that an earlier version retained go back into the containers of the personal part`() throws {
    let personal = PartContent.personal(
      "{\"data\":{\"hours\":{\"9\":2},\"l\":[{},[0,null]],\"e\":{}}}".bytes, recordedAt: PartsTests.time)
    let fields = try Self.part(3, "{\"/data/hours/8\":1.5,\"/data/l/1/1\":[2],\"/data/l/0/0\":3,\"/data/e/\":4}")
    let opened = try OpenedEvent([personal, fields], under: Policies(files: []))
    #expect(
      opened.text.string == "{\"data\":{\"hours\":{\"9\":2,\"8\":1.5},\"l\":[{\"0\":3},[0,[2]]],\"e\":{\"\":4}}}")
  }

  @Test(
    arguments: [
      // No retained field tells the kinds of these containers.
      ("{\"/data/hours/8\":0}", "{\"hours\":{\"8\":0},\"l\":[null,1],\"o\":{\"1\":1}}", ["/data/hours/8"]),
      ("{\"/data/x/0/1\":0}", "{\"x\":{\"0\":{\"1\":0}},\"l\":[null,1],\"o\":{\"1\":1}}", ["/data/x/0/1"]),
      // Beside a retained field.
      ("{\"/data/l/0\":0,\"/data/o/0\":0}", "{\"l\":[0,1],\"o\":{\"1\":1,\"0\":0}}", ["/data/l/0", "/data/o/0"]),
      ("{\"/data/l/3/0\":0}", "{\"l\":[null,1,null,{\"0\":0}],\"o\":{\"1\":1}}", ["/data/l/3/0"]),
      // An array has no such members.
      (
        "{\"/data/l/x\":0,\"/data/l/-\":0,\"/data/l/01\":0,\"/data/o/-\":0}",
        "{\"l\":[null,1],\"o\":{\"1\":1,\"-\":0}}", ["/data/o/-"]
      ),
    ] as [(String, String, [String])])
  func `a replacement lies in the containers of retained fields, and elsewhere in objects`(
    _ replacements: String, _ data: String, _ shredded: [String]
  ) throws {
    let policies = try PartsTests.policies(
      retained: ["/type", "/data/l/1", "/data/o/1"], replacements: replacements)
    let event = try PartsTests.event("{\"l\":[8,1,8],\"o\":{\"1\":1},\"hours\":[9],\"x\":[[9,9]]}")
    let opened = try Self.partial(event, policies)
    #expect(try JSONValue(parsing: data.bytes).isEquivalent(to: #require(JSONValue(parsing: opened.text)["data"])))
    #expect(opened.shreddedFields.map(\.description) == shredded)
  }

  @Test func `a replacement beside fields that an earlier version retained lies in an object`() throws {
    let policies = try PartsTests.policies(retained: ["/type"], replacements: "{\"/data/l/0\":0,\"/data/l/x\":0}")
    let opened = try OpenedEvent([Self.part(3, "{\"/type\":\"T\",\"/data/l/1\":1}")], under: policies)
    #expect(opened.text.string == "{\"type\":\"T\",\"data\":{\"l\":{\"1\":1,\"0\":0,\"x\":0}}}")
  }

  static let deepArray = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)

  @Test(arguments: [
    "", "[]", "1", "{", "{\"\":1}", "{\"data\":1}", "{\"/data/~\":1}", "{\"/data/~2\":1}", "{\"/data/~#\":1}",
    "{\"/data/~#01\":1}", "{\"/data/~#-1\":1}", "{\"/data/~#+1\":1}", "{\"/data/~#10000\":1}",
    "{\"/data/~#99999999999999999999\":1}", "{\"/data/x~#1\":1}", "{\"/~#0\":1}", "{\"/data\":1,\"/data\":2}",
    "{\"/data/a\":1,\"/data/a/b\":2}", "{\"/data/a/b\":1,\"/data/a\":2}", "{\"/data/a/0\":1,\"/data/a/~#1\":2}",
    "{\"/data/~#0/~#0\":1,\"/data/~#0/x\":2}", "{\"/data/~#0\":{},\"/data/~#0/x\":2}",
    "{\"\(String(repeating: "/a", count: 65))\":1}", "{\"\(String(repeating: "/a", count: 100_000))\":1}",
    "{\"\(String(repeating: "/a", count: 64))\":[\(deepArray)]}",
    // More elements than an event can have.
    "{" + (0..<839).map { "\"/data/a\($0)/~#9999\":1" }.joined(separator: ",") + "}",
  ]) func `malformed retained fields are damage`(_ text: String) throws {
    let part = try Self.part(5, text)
    let personal = PartContent.personal("{\"data\":{\"a\":{}}}".bytes, recordedAt: PartsTests.time)
    for parts in [[part], [personal, part]] {
      #expect(Self.code(opening: parts) == .damage)
    }
  }

  @Test func `the deepest fields open`() throws {
    let text = "{\"\(String(repeating: "/a", count: 63))/~#0\":\(Self.deepArray)}"
    let opened = try OpenedEvent([Self.part(5, text)], under: Policies(files: []))
    _ = try JSONValue(parsing: opened.text)
  }

  @Test(
    arguments: [
      (3, "{\"/data/a\":1,\"/data/a/b\":2}", "{\"data\":{}}"),
      (3, "{\"/data/0\":1,\"/data/0/x\":2}", "{\"data\":[{}]}"),
      (3, "{\"/data/1\":1}", "{\"data\":[null]}"), (3, "{\"/data/01\":1}", "{\"data\":[null,null]}"),
      (3, "{\"/data/0\":1}", "{\"data\":[7]}"), (3, "{\"/data/a\":1}", "{\"data\":{\"a\":2}}"),
      (3, "{\"/data/a/b\":1}", "{\"data\":{}}"), (3, "{\"/data/a\":1}", "{\"data\":null}"),
      (3, "{\"/data/a\":1}", "{}"),
      (3, "{\"/data\":1}", "{\"data\":2}"), (3, "{\"/data\":1}", "[null]"), (3, "{\"/data\":1}", "{"),
      (5, "{\"/data/0\":1}", "{\"data\":[null]}"), (5, "{\"/data/~#0\":1}", "{\"data\":{}}"),
      (5, "{\"/data/~#1\":1}", "{\"data\":[null]}"), (5, "{\"/data/~#0/x\":1}", "{\"data\":[null]}"),
      (5, "{\"/data/l/~#0/0\":1}", "{\"data\":{\"l\":[[null]]}}"),
    ] as [(UInt8, String, String)])
  func `retained fields without a place in the personal part are damage`(
    _ kind: UInt8, _ fields: String, _ personal: String
  ) throws {
    let parts = try [Self.part(kind, fields), .personal(personal.bytes, recordedAt: PartsTests.time)]
    #expect(Self.code(opening: parts) == .damage)
  }

  @Test(arguments: 0..<200 as Range<UInt64>) func `hostile bytes open or are damage, and what opens is JSON`(
    _ seed: UInt64
  ) throws {
    var generator = Generator(seed)
    let event = try PartsTests.event(generator.value(depth: 4))
    let pointers = try PartsTests.pointers(into: event.text, &generator.random)
    let policies = try PartsTests.policies(retained: pointers, replacements: "{\"/other/0\":[]}")
    let parts = try policies.divide(event, recordedAt: PartsTests.time)
    let personal = try #require(parts.personal)
    let content = try parts.retained?.encoded() ?? Self.part(5, "{\"/data/a/~#1\":[]}").encoded()
    for _ in 0..<30 {
      let bytes = Self.damaged(content, &generator.random)
      let part: PartContent
      do { part = try PartContent(decoding: bytes) } catch {
        #expect(error.code == .damage || error.code == .format)
        continue
      }
      #expect(part.encoded() == bytes)
      guard part.isFields else { continue }
      for parts in [[part], [part, personal]] {
        do throws(LetheError) {
          let text = try OpenedEvent(parts, under: policies).text
          #expect(failure { () throws(LetheError) in _ = try JSONValue(parsing: text) } == nil)
        } catch {
          #expect(error.code == .damage)
        }
      }
    }
  }

  private static func damaged(_ content: [UInt8], _ random: inout Seeded) -> [UInt8] {
    let pieces = [
      "/", "~", "#", "~#", "/~#0", "/~#9999", "/0", "\"", ":", ",", "{", "}", "[", "]", "null", "\\u0000", "é",
    ]
    var bytes = content
    for _ in 0...random.below(3) {
      let at = random.below(bytes.count + 1)
      switch random.below(5) {
      case 0: bytes = Array(bytes.prefix(at))
      case 1: bytes.insert(contentsOf: random.pick(pieces).bytes, at: at)
      case 2: bytes.insert(contentsOf: Array(bytes[random.below(at + 1)..<at]), at: at)
      case 3 where at < bytes.count: bytes[at] ^= 1 << UInt8(random.below(8))
      default: bytes.replaceSubrange(0..<min(1, bytes.count), with: [UInt8(random.below(8))])
      }
    }
    return bytes
  }
}
