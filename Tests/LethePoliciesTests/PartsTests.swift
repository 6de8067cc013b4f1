import LetheSystem
import Testing

@testable import LethePolicies

@Suite struct PartsTests {
  static let time = Timestamp(microseconds: 1_772_355_600_123_456)

  static func policies(retained: [String], replacements: String = "{}", type: String = "T") throws -> Policies {
    let list = JSONValue.array(retained.map { .string($0) }).compactText.string
    let text =
      "{\"policy\":\"lethe/1\",\"types\":{\"\(type)\":{\"retained\":\(list),\"replacements\":\(replacements)}}}"
    return try Policies(files: [("test.json", text.bytes)])
  }

  static func event(_ data: String, _ more: String = "") throws -> CloudEvent {
    let text = "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"T\",\"data\":\(data)\(more)}"
    return try CloudEvent(json: text.bytes)
  }

  /// What is read when all parts of an event open.
  static func whole(_ event: CloudEvent, _ policies: Policies) throws -> OpenedEvent {
    let parts = try policies.divide(event, recordedAt: time)
    let sealed = [parts.retained, parts.personal].compactMap { $0?.encoded() }
    return try OpenedEvent(sealed.map { bytes throws(LetheError) in try PartContent(decoding: bytes) }, under: policies)
  }

  @Test func `the bytes of each kind are those of the format comment`() throws {
    let text = "{}".bytes
    let time = Timestamp(microseconds: -2)
    let stamp: [UInt8] = [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
    #expect(PartContent.personal(text, recordedAt: time).encoded() == [1] + stamp + text)
    #expect(PartContent.retainedEvent(text, recordedAt: time).encoded() == [2] + stamp + text)
    #expect(PartContent.retainedFields(text, recordedAt: nil).encoded() == [5] + text)
    #expect(PartContent.retainedFields(text, recordedAt: time).encoded() == [6] + stamp + text)
    for (number, kind) in [(3, .retainedFields(.unknown)), (5, .retainedFields(.stated))]
      as [(UInt8, PartContent.Kind)]
    {
      let (untimed, timed) = ([number] + text, [number + 1] + stamp + text)
      let (left, right) = try (PartContent(decoding: untimed), PartContent(decoding: timed))
      #expect(left.kind == kind && left.recordedTime == nil && left.text == text && left.encoded() == untimed)
      #expect(right.kind == kind && right.recordedTime == time && right.text == text && right.encoded() == timed)
    }
  }

  @Test func `cut and unknown parts are refused`() {
    for (bytes, code) in [
      ([], .damage), ([1, 0, 0], .damage), ([4], .damage), ([6, 0, 0, 0, 0, 0, 0, 0], .damage), ([0], .format),
      ([7], .format), ([9, 1], .format),
    ] as [([UInt8], LetheError.Code)] {
      #expect(failure { () throws(LetheError) in _ = try PartContent(decoding: bytes) }?.code == code)
    }
  }

  @Test func `without a policy everything is personal and verbatim`() throws {
    let event = try Self.event(
      "{ \"a\" : [1e400,12345678901234567890, 1.0,-0,[[ ]]] }", ",\"ext\":\"\\u00e9\", \"\\u0078\":1")
    let parts = try Policies(files: []).divide(event, recordedAt: Self.time)
    #expect(parts.personal?.text == event.text && parts.personal?.recordedTime == Self.time)
    #expect(parts.retained == nil && parts.category == "default")
    #expect(try Self.whole(event, Policies(files: [])).text == event.text)
  }

  @Test func `a type that concerns nobody is retained whole`() throws {
    let policies = try Policies(files: [
      ("p.json", "{\"policy\":\"lethe/1\",\"types\":{\"T\":{\"subject\":\"none\"}}}".bytes)
    ])
    let event = try Self.event("{\"a\":1}")
    let parts = try policies.divide(event, recordedAt: Self.time)
    #expect(parts.personal == nil && parts.retained?.kind == .retainedEvent && parts.retained?.text == event.text)
    let opened = try Self.whole(event, policies)
    #expect(opened.extent == .whole && opened.text == event.text && opened.recordedTime == Self.time)
    let named = try Self.event("1", ",\"datasubject\":\"p\"")
    #expect(failure { () throws(LetheError) in _ = try policies.divide(named, recordedAt: Self.time) }?.code == .policy)
  }

  @Test(
    arguments: [
      (["/type", "/data/m"], "{\"m\":\"x\",\"n\":1}", "{\"n\":1}", "{\"/type\":\"T\",\"/data/m\":\"x\"}"),
      (["/data/n", "/data/m"], "{ \"m\" : 1.0 , \"n\" : -0 }", "{  }", "{\"/data/n\":-0,\"/data/m\":1.0}"),
      (["/data/a", "/data/c"], "{\"a\":1,\"b\":2,\"c\":3}", "{\"b\":2}", "{\"/data/a\":1,\"/data/c\":3}"),
      (["/data/a", "/data/b"], "{\"a\":1,\"b\":2, \"c\":3}", "{\"c\":3}", "{\"/data/a\":1,\"/data/b\":2}"),
      (["/data/b", "/data/c"], "{\"a\":1 ,\"b\":2 ,\"c\":3 }", "{\"a\":1 }", "{\"/data/b\":2,\"/data/c\":3}"),
      (
        ["/data/l/1", "/data/l/0/x"], "{\"l\":[{\"x\":1,\"y\":2}, [ 7 ],3]}", "{\"l\":[{\"y\":2}, null,3]}",
        "{\"/data/l/~#1\":[ 7 ],\"/data/l/~#0/x\":1}"
      ),
      (["/data/0"], "[\"x\",\"y\"]", "[null,\"y\"]", "{\"/data/~#0\":\"x\"}"),
      (["/data/0"], "{\"0\":\"x\",\"1\":\"y\"}", "{\"1\":\"y\"}", "{\"/data/0\":\"x\"}"),
      (
        ["/data/a~1b", "/data/m~0n"], "{\"a/b\":1,\"m~n\":{\"x\":[]},\"z\":0}", "{\"z\":0}",
        "{\"/data/a~1b\":1,\"/data/m~0n\":{\"x\":[]}}"
      ),
      (["/data/m"], "{\"\\u006d\":\"\\u0041\",\"n\":1}", "{\"n\":1}", "{\"/data/m\":\"\\u0041\"}"),
    ] as [([String], String, String, String)])
  func `retained fields are moved out and put back`(
    _ pointers: [String], _ data: String, _ kept: String, _ fields: String
  ) throws {
    let policies = try Self.policies(retained: pointers)
    let event = try Self.event(data, ",\"datasubject\":\"p\"")
    let parts = try policies.divide(event, recordedAt: Self.time)
    #expect(parts.personal?.text.string == event.text.string.replacing(data, with: kept))
    #expect(parts.retained?.text.string == fields)
    #expect(parts.retained?.kind == .retainedFields(.stated) && parts.retained?.recordedTime == nil)
    let opened = try Self.whole(event, policies)
    #expect(opened.extent == .whole && opened.recordedTime == Self.time)
    #expect(try CloudEvent(json: opened.text).isEquivalent(to: event), "\(opened.text.string)")
  }

  @Test func `the whole data can be retained, in either form`() throws {
    let event = try Self.event("{\"a\":[1.0]}")
    let parts = try Self.policies(retained: ["/data"]).divide(event, recordedAt: Self.time)
    #expect(parts.personal?.text.string == "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"T\"}")
    #expect(try CloudEvent(json: Self.whole(event, Self.policies(retained: ["/data"])).text).isEquivalent(to: event))
    let binary = try CloudEvent(
      json: event.text.string.replacing("\"data\":{\"a\":[1.0]}", with: "\"data_base64\":\"QUI=\"").bytes)
    let opened = try Self.whole(binary, Self.policies(retained: ["/data_base64"]))
    #expect(opened.text == binary.text)
  }

  @Test func `attributes are copied, so the personal part stays verbatim`() throws {
    let policies = try Self.policies(retained: ["/type", "/source", "/missing", "/data/missing"])
    let event = try Self.event("{ \"a\" : 1 }")
    let parts = try policies.divide(event, recordedAt: Self.time)
    #expect(parts.personal?.text == event.text)
    #expect(parts.retained?.text.string == "{\"/type\":\"T\",\"/source\":\"/s\"}")
    #expect(try Self.whole(event, policies).text == event.text)
  }

  @Test func `nothing to retain leaves no retained part, and the recorded time alone is one`() throws {
    let event = try Self.event("1")
    #expect(try Self.policies(retained: ["/data/a"]).divide(event, recordedAt: Self.time).retained == nil)
    let retained = try Self.policies(retained: ["/recordedtime"]).divide(event, recordedAt: Self.time).retained
    #expect(retained?.recordedTime == Self.time && retained?.text.string == "{}")
  }

  @Test func `a partial event shows what is retained and what policy puts in place of the rest`() throws {
    let policies = try Self.policies(
      retained: ["/type", "/recordedtime", "/data/medicine", "/data/doses/1", "/data/deep/grade"],
      replacements: "{\"/data/note\":\"(forgotten)\",\"/subject\":null}")
    let event = try Self.event(
      "{\"medicine\":\"\\u0041\",\"note\":\"secret\",\"doses\":[1,2.50],\"deep\":{\"grade\":1e400,\"who\":\"secret\"}}")
    let parts = try policies.divide(event, recordedAt: Self.time)
    let opened = try OpenedEvent([try #require(parts.retained)], under: policies)
    #expect(opened.extent == .partial && opened.recordedTime == Self.time)
    #expect(
      opened.text.string
        == "{\"type\":\"T\",\"data\":{\"medicine\":\"\\u0041\",\"doses\":[null,2.50],\"deep\":{\"grade\":1e400},\"note\":\"(forgotten)\"},\"subject\":null}"
    )
    #expect(opened.shreddedFields.map(\.description) == ["/data/note", "/subject"])
  }

  @Test func `a partial event of unknown type has no replacements`() throws {
    let policies = try Self.policies(retained: ["/data/m"], replacements: "{\"/data/note\":\"x\"}")
    let retained = try policies.divide(Self.event("{\"m\":1,\"note\":2}"), recordedAt: Self.time).retained
    let opened = try OpenedEvent([try #require(retained)], under: policies)
    #expect(opened.text.string == "{\"data\":{\"m\":1}}")
    #expect(opened.shreddedFields.isEmpty && opened.recordedTime == nil)
  }

  @Test func `a replacement never stands for what an older policy retained`() throws {
    let before = try Self.policies(retained: ["/type", "/data/a", "/data/b/c"])
    let after = try Self.policies(retained: ["/type"], replacements: "{\"/data/a/x\":1,\"/data/b\":2,\"/data/d\":3}")
    let retained = try before.divide(Self.event("{\"a\":{\"x\":7},\"b\":{\"c\":8}}"), recordedAt: Self.time).retained
    let opened = try OpenedEvent([try #require(retained)], under: after)
    #expect(opened.text.string == "{\"type\":\"T\",\"data\":{\"a\":{\"x\":7},\"b\":{\"c\":8},\"d\":3}}")
    #expect(opened.shreddedFields.map(\.description) == ["/data/d"])
  }

  @Test func `parts that do not fit together are damage`() throws {
    let policies = try Policies(files: [])
    let personal = PartContent.personal("{\"data\":1}".bytes, recordedAt: Self.time)
    let fields = PartContent.retainedFields("{\"/data/a\":1}".bytes, recordedAt: nil)
    let event = PartContent.retainedEvent("{}".bytes, recordedAt: Self.time)
    let broken = PartContent.retainedFields("{".bytes, recordedAt: nil)
    for parts in [[], [personal, fields], [personal, personal], [personal, event], [event, fields], [broken]] {
      #expect(failure { () throws(LetheError) in _ = try OpenedEvent(parts, under: policies) }?.code == .damage)
    }
  }

  /// Random pointers into an event that a policy may name together.
  static func pointers(into text: [UInt8], _ random: inout Seeded) throws -> [String] {
    var all: [JSONPointer] = []
    func walk(_ value: JSONValue, _ tokens: [String]) {
      all.append(JSONPointer(tokens: tokens))
      switch value {
      case .object(let members): for member in members { walk(member.value, tokens + [member.name]) }
      case .array(let elements):
        for (index, element) in elements.enumerated() { walk(element, tokens + [String(index)]) }
      case .null, .bool, .number, .string: return
      }
    }
    walk(try JSONValue(parsing: text), [])
    var chosen: [JSONPointer] = []
    for pointer in all.shuffled(using: &random) where chosen.count < 6 {
      guard let first = pointer.tokens.first, !["id", "datasubject", "stream"].contains(first),
        !chosen.contains(where: { $0.isPrefix(of: pointer) || pointer.isPrefix(of: $0) })
      else { continue }
      chosen.append(pointer)
    }
    return chosen.map(\.description)
  }

  @Test(arguments: 0..<100 as Range<UInt64>) func `dividing and merging random events gives equal JSON`(_ seed: UInt64)
    throws
  {
    var generator = Generator(seed)
    for _ in 0..<5 {
      let event = try CloudEvent(json: generator.event(type: "T").bytes)
      let pointers = try Self.pointers(into: event.text, &generator.random)
      let policies = try Self.policies(retained: pointers)
      let opened = try Self.whole(event, policies)
      let merged = try CloudEvent(json: opened.text)
      #expect(merged.isEquivalent(to: event), "\(event.text.string) \(pointers) \(opened.text.string)")
      // Verbatim numbers and strings: the same tokens, if in another order.
      #expect(Self.scalars(opened.text) == Self.scalars(event.text))
      let parts = try policies.divide(event, recordedAt: Self.time)
      #expect((parts.retained == nil) == pointers.isEmpty)
      if let retained = parts.retained {
        let partial = try JSONValue(parsing: OpenedEvent([retained], under: policies).text)
        let tails = try pointers.map { try JSONPointer($0).tokens[...] }
        let expected = try #require(Self.cut(JSONValue(parsing: event.text), to: tails))
        #expect(partial.isEquivalent(to: expected), "\(event.text.string) \(pointers) \(partial.compactText.string)")
      }
    }
  }

  /// What lies at the end of these ways into a value, in the containers that it has there; nil if nothing does.
  static func cut(_ value: JSONValue, to ways: [ArraySlice<String>]) -> JSONValue? {
    if ways.contains(where: \.isEmpty) { return value }
    func inside(_ token: String, _ value: JSONValue) -> JSONValue? {
      cut(value, to: ways.filter { $0.first.map(\.bytes) == token.bytes }.map { $0.dropFirst() })
    }
    switch value {
    case .object(let members):
      let kept = members.compactMap { member in
        inside(member.name, member.value).map { JSONValue.Member(name: member.name, value: $0) }
      }
      return kept.isEmpty ? nil : .object(kept)
    case .array(let elements):
      let kept = elements.enumerated().map { inside(String($0), $1) }
      guard let last = kept.lastIndex(where: { $0 != nil }) else { return nil }
      return .array(kept[...last].map { $0 ?? .null })
    case .null, .bool, .number, .string: return nil
    }
  }

  static func scalars(_ text: [UInt8]) -> [String] {
    guard let document = try? JSONDocument(text) else { return [] }
    var found: [String] = []
    func walk(_ node: Int) {
      for (_, value) in document.members(node) { walk(value) }
      for element in document.elements(node) { walk(element) }
      switch document.kind(node) {
      case .number, .string, .escapedString: found.append(document.bytes(node).string)
      case .null, .true, .false, .array, .object: return
      }
    }
    walk(document.root)
    return found.sorted()
  }
}

@Suite struct ReadLineTests {
  static func opened(_ text: String) throws -> OpenedEvent {
    try OpenedEvent([.personal(text.bytes, recordedAt: PartsTests.time)], under: Policies(files: []))
  }

  @Test func `a line is the event with its place at the end, on one line`() throws {
    let line = ReadLine(position: 41, stream: "patient-\"7\"", streamID: "00ff", revision: 2)
    #expect(
      line.line(try Self.opened("{\n \"id\":\"a\\n\",\r\n\"data\":[1.0,\n2] }")).string
        == "{  \"id\":\"a\\n\",  \"data\":[1.0, 2] ,\"position\":41,\"stream\":\"patient-\\\"7\\\"\",\"streamid\":\"00ff\",\"revision\":2,\"storedtime\":\"2026-03-01T09:00:00.123456Z\"}"
    )
  }

  @Test func `a partial line says so`() throws {
    let policies = try PartsTests.policies(retained: ["/type", "/data/m"], replacements: "{\"/data/n\":\"-\"}")
    let event = try PartsTests.event("{\"m\":1,\"n\":\"x\"}")
    let retained = try #require(try policies.divide(event, recordedAt: PartsTests.time).retained)
    let line = ReadLine(position: 0, stream: nil, streamID: "00ff", revision: 0)
    #expect(
      line.line(try OpenedEvent([retained], under: policies)).string
        == "{\"type\":\"T\",\"data\":{\"m\":1,\"n\":\"-\"},\"position\":0,\"streamid\":\"00ff\",\"revision\":0,\"lethestate\":\"partial\",\"shreddedfields\":[\"/data/n\"]}"
    )
    let empty = try OpenedEvent([.retainedFields("{}".bytes, recordedAt: PartsTests.time)], under: policies)
    #expect(
      line.line(empty).string
        == "{\"position\":0,\"streamid\":\"00ff\",\"revision\":0,\"storedtime\":\"2026-03-01T09:00:00.123456Z\",\"lethestate\":\"partial\"}"
    )
  }

  @Test func `a line of which nothing opens holds its place and state alone`() {
    #expect(
      ReadLine.line(.shredded, position: 9, streamID: "0a", revision: 3, certificate: "Log/certificates/1.note").string
        == "{\"position\":9,\"streamid\":\"0a\",\"revision\":3,\"lethestate\":\"shredded\",\"certificate\":\"Log/certificates/1.note\"}"
    )
    #expect(
      ReadLine.line(.restricted, position: 9, streamID: "0a", revision: 3).string
        == "{\"position\":9,\"streamid\":\"0a\",\"revision\":3,\"lethestate\":\"restricted\"}")
  }

  @Test(arguments: 0..<40 as Range<UInt64>) func `lines of random events are JSON on one line and hold the event`(
    _ seed: UInt64
  ) throws {
    var generator = Generator(seed)
    let event = try CloudEvent(json: generator.event(type: "T").bytes)
    let line = ReadLine(position: 1, stream: "s", streamID: "00ff", revision: 0).line(
      try Self.opened(event.text.string))
    #expect(!line.contains(0x0A) && !line.contains(0x0D))
    guard case .object(let members) = try JSONValue(parsing: line) else {
      Issue.record("no object")
      return
    }
    let own = ["position", "stream", "streamid", "revision", "storedtime"]
    #expect(members.suffix(5).map(\.name) == own)
    #expect(JSONValue.object(members.dropLast(5)).isEquivalent(to: try JSONValue(parsing: event.text)))
  }
}
