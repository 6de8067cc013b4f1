import LetheSystem
import Testing

@testable import LethePolicies

@Suite struct EventInputTests {
  static func event(_ id: Int, _ more: String = "") -> String {
    "{\"specversion\":\"1.0\",\"id\":\"\(id)\",\"source\":\"/s\",\"type\":\"T\"\(more)}"
  }

  /// All that comes out of a text given in chunks of a size: `line:id` of each event, and the error if there is one.
  static func read(_ text: String, chunk: Int, limit: Int = 1 << 20) -> (
    events: [String], error: LetheError?, held: Int
  ) {
    var input = EventInput(byteLimit: limit)
    var events: [String] = []
    var held = 0
    let bytes = text.bytes
    do {
      for start in stride(from: 0, to: bytes.count, by: chunk) {
        input.add(Array(bytes[start..<min(start + chunk, bytes.count)]))
        while let item = try input.next() { events.append("\(item.line):\(item.event.id)") }
        held = max(held, input.heldByteCount)
      }
      input.finish()
      while let item = try input.next() { events.append("\(item.line):\(item.event.id)") }
      return (events, nil, held)
    } catch {
      return (events, failure { () throws(LetheError) in _ = try input.next() }, held)
    }
  }

  @Test(arguments: [1, 2, 3, 7, 64, 10_000]) func `lines give events with their numbers, in chunks of any size`(
    _ chunk: Int
  ) {
    let text = "\n  \r\n\(Self.event(1))\r\n\n \t\n  \(Self.event(2, ",\"data\":\"[{\\\"\"")) \n\(Self.event(3))"
    let (events, error, _) = Self.read(text, chunk: chunk)
    #expect(events == ["3:1", "6:2", "7:3"])
    #expect(error == nil)
  }

  @Test(arguments: [1, 2, 3, 7, 64, 10_000]) func `an array gives its elements with the lines they begin on`(
    _ chunk: Int
  ) {
    let text =
      "\n [\(Self.event(1)),\n\n\(Self.event(2, ",\n\"data\":{\"a\":[\"}]\\\\\\\"\"]}")) , \(Self.event(3))\n]\n \n"
    let (events, error, _) = Self.read(text, chunk: chunk)
    #expect(events == ["2:1", "4:2", "5:3"])
    #expect(error == nil)
  }

  @Test(arguments: [
    (100, false), (101, true), (102, true),
  ]) func `a blank line has its limit as any other, before the first event too, in chunks of any size`(
    count: Int, isTooLong: Bool
  ) {
    let blank = String(repeating: " ", count: count)
    for text in ["\n\(blank)\n\(Self.event(1))", "\n\(blank)\r\n\(Self.event(1))", "\n\(blank)", "\n\(blank)\r"] {
      for chunk in [1, 3, 50, 101, 10_000] {
        let (events, error, _) = Self.read(text, chunk: chunk, limit: 100)
        #expect((error != nil) == isTooLong)
        #expect(error?.place == (isTooLong ? "line 2, column 1" : nil))
        #expect(events == (isTooLong || !text.contains("{") ? [] : ["3:1"]))
      }
    }
  }

  @Test(arguments: ["", " \n\n", "[]", " [ \n ] \n"]) func `an empty input has no events`(_ text: String) {
    for chunk in [1, 100] {
      let (events, error, _) = Self.read(text, chunk: chunk)
      #expect(events.isEmpty && error == nil)
    }
  }

  @Test(
    arguments: [
      ("\(event(1))\n\(event(2))\n{\"id\":\n\(event(3))\n", ["1:1", "2:2"], "line 3, column 7"),
      ("\(event(1))\n\n  nope", ["1:1"], "line 3, column 3"),
      ("\(event(1)) \(event(2))", [], "line 1, column 57"),
      ("[\(event(1)),\n {\"id\": 1}]", ["1:1"], "line 2, column 9, event 2"),
      ("[\(event(1)),\n 17]", ["1:1"], "line 2, column 2"),
      ("[\(event(1)),]", ["1:1"], "line 1, column 58"), ("[,\(event(1))]", [], "line 1, column 2"),
      ("[\(event(1))\n\(event(2))]", ["1:1"], "line 2, column 1"),
      ("[\(event(1))]\n\(event(2))", ["1:1"], "line 2, column 1"),
      ("[\(event(1))", ["1:1"], "line 1, column 57"), ("[\(event(1)),{\"id\"", ["1:1"], "line 1, column 58"),
      ("[", [], "line 1, column 2"), ("\u{FEFF}\(event(1))", [], "line 1, column 1"), ("{", [], "line 1, column 2"),
      ("[[\(event(1))]]", [], "line 1, column 2"),
    ] as [(String, [String], String)])
  func `events before an error are given, and the error names the line`(
    _ text: String, _ ids: [String], _ place: String
  ) {
    for chunk in [1, 5, 10_000] {
      let (events, error, _) = Self.read(text, chunk: chunk)
      #expect(events == ids)
      #expect(error?.place == place)
      #expect(error?.code == .input)
    }
  }

  @Test(arguments: ["", "["]) func `an event above the limit is refused without holding more than that`(
    _ opening: String
  ) {
    let event = Self.event(1, ",\"data\":\"\(String(repeating: "x", count: 5000))\"")
    let text = opening + Self.event(1) + (opening.isEmpty ? "\n" : ",\n") + event
    let (events, error, held) = Self.read(text, chunk: 10, limit: 1000)
    #expect(events == ["1:1"])
    #expect(error?.message.contains("16 MiB") == true)
    #expect(error?.place?.contains("line 2") == true)
    #expect(held <= 1012)
  }

  @Test func `a line of exactly the limit is taken, with CR LF too`() {
    let event = Self.event(1)
    for end in ["", "\n", "\r\n"] {
      #expect(Self.read(event + end, chunk: 1, limit: event.utf8.count).events == ["1:1"])
      #expect(Self.read(event + end, chunk: 1, limit: event.utf8.count - 1).error != nil)
    }
  }

  @Test func `endless space before the first event is refused`() {
    let (_, error, held) = Self.read(String(repeating: " ", count: 5000), chunk: 100, limit: 1000)
    #expect(error != nil)
    #expect(held <= 1100)
  }

  @Test func `one event over several lines or an array is taken whole`() throws {
    let pretty = Self.event(1).replacing(",", with: ",\n  ")
    #expect(try CloudEvent.events(json: pretty.bytes).map(\.id) == ["1"])
    #expect(try CloudEvent.events(json: " [\(pretty),\(Self.event(2))]".bytes).map(\.id) == ["1", "2"])
    #expect(failure { () throws(LetheError) in _ = try CloudEvent.events(json: []) }?.code == .input)
  }

  @Test(arguments: 0..<30 as Range<UInt64>) func `lines and arrays of random events keep every text`(_ seed: UInt64)
    throws
  {
    var generator = Generator(seed)
    let texts = (0..<8).map { _ in generator.event(type: "T") }
    let lines = texts.map { $0.replacing("\r\n", with: " ").replacing("\n", with: " ") }
    for text in ["[" + texts.joined(separator: ",") + "]", lines.joined(separator: "\n")] {
      var input = EventInput()
      var found: [CloudEvent] = []
      var rest = text.bytes[...]
      while !rest.isEmpty {
        let chunk = rest.prefix(generator.random.below(90) + 1)
        input.add(Array(chunk))
        rest = rest.dropFirst(chunk.count)
        while let item = try input.next() { found.append(item.event) }
      }
      input.finish()
      while let item = try input.next() { found.append(item.event) }
      let expected = text.hasPrefix("[") ? texts : lines
      #expect(found.map(\.text) == (try expected.map { try CloudEvent(json: $0.bytes).text }))
    }
  }
}
