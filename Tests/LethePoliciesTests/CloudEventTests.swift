import LetheSystem
import Testing

@testable import LethePolicies

@Suite struct CloudEventTests {
  static func refusal(_ text: String) -> LetheError? {
    failure { () throws(LetheError) in _ = try CloudEvent(json: text.bytes) }
  }

  /// An event of the required attributes and what is given.
  static func event(_ more: String) -> String {
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"T\"\(more.isEmpty ? "" : ",")\(more)}"
  }

  @Test func `attributes are read and everything else is kept as it was given`() throws {
    let text = """
      { "specversion":"1.0", "\\u0069d" : "e-1","source":"/ward","type":"T", "time":"2026-03-01T10:00:00Z",
        "datasubject":"p1", "n":-0, "data":{"a":[[ ],{},1e400,12345678901234567890,1.0,-0],"b":"\\u00e9\\/"}, "x1":null }
      """
    let event = try CloudEvent(json: "  \(text)\n".bytes)
    #expect(event.id == "e-1" && event.source == "/ward" && event.type == "T" && event.subject == "p1")
    #expect(event.time == Timestamp(rfc3339: "2026-03-01T10:00:00Z"))
    #expect(event.stream == nil)
    #expect(event.text == text.bytes)
  }

  @Test(arguments: [
    ("{\"stream\":\"a-1\", \"b\":1, \"c\":2}", "{\"b\":1, \"c\":2}"),
    ("{ \"b\":1 , \"stream\" : \"a-1\" , \"c\":2 }", "{ \"b\":1 , \"c\":2 }"),
    ("{ \"b\":1, \"c\":2, \"\\u0073tream\":\"a-1\"\n}", "{ \"b\":1, \"c\":2\n}"),
    ("{\"b\":1,\"c\":2,\"stream\":null}", "{\"b\":1,\"c\":2}"),
  ])
  func `only the member stream is cut out`(_ given: String, _ kept: String) throws {
    let required = "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"T\""
    let event = try CloudEvent(json: given.replacing("\"b\":1", with: required).bytes)
    #expect(event.text.string == kept.replacing("\"b\":1", with: required))
  }

  @Test(arguments: [
    "\"data\":null", "\"data\":{\"id\":1,\"position\":2}", "\"data_base64\":\"\"", "\"data_base64\":\"QUI=\"",
    "\"data_base64\":\"QQ==\"", "\"data_base64\":\"\\u0051UJD\"", "\"time\":null", "\"datasubject\":null",
    "\"data\":[1e400]", "\"ext9\":-0", "\"recordedtime\":\"2026-01-01T00:00:00Z\"",
    "\"data_base64\":null", "\"data_base64\":null,\"data\":1", "\"certificate\":null", "\"fact\":\"f\"",
    "\"subject\":\"x\"", "\"stream\":\"a\"", "\"stream\":\"a$b\"",
    "\"datacontenttype\":\"text/plain\",\"data\":\"x\"",
  ])
  func `what CloudEvents allows is accepted`(_ more: String) throws {
    let event = try CloudEvent(json: Self.event(more).bytes)
    #expect(event.isEquivalent(to: try CloudEvent(json: event.text)))
  }

  @Test(arguments: [
    ("\"data\":1,\"data_base64\":\"\"", "both"), ("\"data_base64\":\"QUI\"", "base64"),
    ("\"data_base64\":\"Q===\"", "base64"),
    ("\"data_base64\":\"QR==\"", "base64"), ("\"data_base64\":\"Q=I=\"", "base64"),
    ("\"data_base64\":\"QU I\"", "base64"),
    ("\"data_base64\":1", "base64"), ("\"data\":null,\"data_base64\":\"\"", "both"),
    ("\"time\":\"yesterday\"", "RFC 3339"),
    ("\"time\":1", "time"), ("\"time\":\"2026-02-29T00:00:00Z\"", "RFC 3339"), ("\"Ext\":1", "lower-case"),
    ("\"a-b\":1", "lower-case"), ("\"a_b\":1", "lower-case"), ("\"\":1", "lower-case"), ("\"é\":1", "lower-case"),
    ("\"datasubject\":\"\"", "datasubject"), ("\"datasubject\":7", "datasubject"), ("\"stream\":\"\"", "stream"),
    ("\"stream\":\"$all\"", "$"), ("\"stream\":\"a\\u0000\"", "NUL"), ("\"datasubject\":\"\\u0000\"", "NUL"),
    ("\"subject\":5", "subject"), ("\"datacontenttype\":\"\"", "datacontenttype"),
    ("\"position\":1", "position"), ("\"revision\":1", "revision"), ("\"storedtime\":1", "storedtime"),
    ("\"streamid\":1", "streamid"), ("\"lethestate\":1", "lethestate"), ("\"shreddedfields\":1", "shreddedfields"),
    ("\"certificate\":1", "certificate"), ("\"\\u0070osition\":1", "position"),
  ])
  func `what an event must not hold is refused by name`(_ more: String, _ word: String) throws {
    let error = try #require(Self.refusal(Self.event(more)))
    #expect(error.code == .input)
    #expect(error.message.contains(word), "\(error.message)")
  }

  @Test(arguments: ["specversion", "id", "source", "type"]) func `a required attribute is missed by name`(
    _ name: String
  ) throws {
    var members = ["specversion": "\"1.0\"", "id": "\"1\"", "source": "\"/s\"", "type": "\"T\""]
    for bad in [nil, "\"\"", "null", "1", "[]"] as [String?] {
      members[name] = bad
      let text = "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
      #expect(try #require(Self.refusal(text)).message.contains(name))
    }
  }

  @Test(arguments: [
    "[]", "1", "\"x\"", "null", "{}", "{\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"s\",\"type\":\"t\"}",
  ])
  func `what is no event is refused`(_ text: String) {
    #expect(Self.refusal(text)?.code == .input)
  }

  @Test(arguments: ["id", "source", "datasubject", "stream", "type"]) func `names have 1,024 bytes at most`(
    _ name: String
  ) throws {
    var members = ["specversion": "\"1.0\"", "id": "\"1\"", "source": "\"/s\"", "type": "\"T\""]
    func text() -> String { "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}" }
    members[name] = "\"" + String(repeating: "é", count: 512) + "\""
    #expect(Self.refusal(text()) == nil)
    members[name] = "\"" + String(repeating: "é", count: 512) + "x\""
    #expect(try #require(Self.refusal(text())).message.contains("1,024"))
  }

  @Test func `an event has 16 MiB at most`() throws {
    let blank = [UInt8](repeating: 0x20, count: CloudEvent.byteLimit)
    let event = Self.event("").bytes
    _ = try CloudEvent(json: event + blank.dropLast(event.count))
    let error = failure { () throws(LetheError) in _ = try CloudEvent(json: event + blank) }
    #expect(try #require(error).message.contains("16 MiB"))
  }

  @Test func `equal as JSON means the same event, whatever the stream`() throws {
    let one = try CloudEvent(json: Self.event("\"data\":{\"a\":1.0,\"b\":\"\\u0041\"},\"stream\":\"x-1\"").bytes)
    let two = try CloudEvent(json: Self.event("\"stream\":\"y-2\",\"data\":{\"b\":\"A\",\"a\":1}").bytes)
    let three = try CloudEvent(json: Self.event("\"data\":{\"b\":\"A\",\"a\":2}").bytes)
    #expect(one.isEquivalent(to: two) && two.isEquivalent(to: one))
    #expect(!one.isEquivalent(to: three))
  }

  @Test(arguments: [("patient-7", "patient"), ("ward", "ward"), ("a-b-c", "a"), ("-x", ""), ("é-1", "é")])
  func `a stream's category ends before the first hyphen`(_ name: String, _ category: String) throws {
    #expect(try StreamName(name).category == category)
  }

  @Test(arguments: ["id:", "id:7", "id:0123456789abcdef0123456789abcdef", "id:\u{301}", "$all", "$"])
  func `a name that reading would take for something else is refused`(_ name: String) throws {
    #expect(throws: LetheError(.input, "")) { try StreamName(name) }
    let error = failure { () throws(LetheError) in
      _ = try CloudEvent(json: Self.event("\"stream\":\"\(name)\"").bytes)
    }
    #expect(try #require(error).message.contains("choose another"))
    #expect(try StreamName(stored: name).text == name)
  }

  @Test(arguments: ["id", "id-7", "ID:7", "identity:7", "x-id:7"])
  func `a name that only resembles a reserved one is taken`(_ name: String) throws {
    #expect(try StreamName(name).text == name)
  }

  @Test func `stream names are the same only if their bytes are`() throws {
    #expect(try StreamName("\u{E9}") != StreamName("e\u{301}"))
    #expect(try Set([StreamName("\u{E9}"), StreamName("e\u{301}"), StreamName("\u{E9}")]).count == 2)
  }

  @Test(arguments: 0..<100 as Range<UInt64>) func `no error repeats anything of the event`(_ seed: UInt64) throws {
    var generator = Generator(seed)
    generator.canary = "CANARY"
    for _ in 0..<20 {
      var text = generator.event(type: "CANARYType").bytes
      switch generator.random.below(4) {
      case 0: text.removeLast(generator.random.below(text.count))
      case 1: text[generator.random.below(text.count)] = UInt8(generator.random.below(256))
      case 2: text.insert(UInt8(generator.random.below(256)), at: generator.random.below(text.count))
      default: text = text.string.replacing("ext1", with: "CANARY_").replacing("2026", with: "CANARY").bytes
      }
      if let error = failure({ () throws(LetheError) in _ = try CloudEvent(json: text) }) {
        #expect(!error.description.contains("CANAR"), "\(error)")
      }
      var input = EventInput()
      input.add(text)
      input.finish()
      do { while try input.next() != nil {} } catch { #expect(!"\(error)".contains("CANAR"), "\(error)") }
    }
  }
}
