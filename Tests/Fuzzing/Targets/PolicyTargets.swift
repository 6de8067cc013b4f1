#if Fuzzing
  @testable internal import LethePolicies
  internal import LetheSystem

  extension FuzzTarget {
    /// Policy files, parted by NUL bytes.
    static let policy = FuzzTarget(name: "policy") { () throws(LetheError) in
      let more = """
        {"policy":"lethe/1","fourEyes":true,"types":{"B":{"retained":["/recordedtime","/data/a~1b/0","/data/m~0n"],\
        "replacements":{"/data/c":[1.0,{"é":null}],"/time":"\\u0041"}}}}
        """
      return [
        Policies.sample, Array(more.utf8), Policies.sample + [0] + more.utf8, Array(#"{"policy":"lethe/1"}"#.utf8),
      ]
    } check: { bytes in
      let files = bytes.split(separator: 0).enumerated().map { (name: "file-\($0)", bytes: Array($1)) }
      guard let policies = allowing(.input, decode: { () throws(LetheError) in try Policies(files: files) }) else {
        return
      }
      let digestInput = policies.digestInput
      let again = succeeding("the canonical form is a policy") { () throws(LetheError) in
        try Policies(files: [("canonical", digestInput)])
      }
      expect(again.digestInput == digestInput, "the canonical form of the canonical form is itself")
      expect(
        again.rememberForgotten == policies.rememberForgotten && again.requiresFourEyes == policies.requiresFourEyes,
        "the canonical form has the same settings")
    }

    /// One CloudEvent, divided by a policy and put together again; also JSON for itself.
    static let event = FuzzTarget(name: "event") { () throws(LetheError) in
      [
        """
        {"specversion":"1.0","id":"1","source":"/s","type":"AdverseReactionReported","datasubject":"p1",
         "stream":"patient-1","time":"2026-03-01T10:00:00.25+01:00",
         "data":{"medicine":"a","grade":2.50,"note":"\\u00e9","list":[1,{"x":1e400},null],"deep":{"a":{"b":true}}}}
        """,
        #"{"specversion":"1.0","id":"1","source":"/s","type":"WardOpened","data":[1,2]}"#,
        #"{"specversion":"1.0","id":"1","source":"/s","type":"Other","datasubject":"p","data_base64":"/w=="}"#,
        #"{"a":[-0,1E+5,"\ud83d\ude00\n"],"b":{}}"#,
      ].map { Array($0.utf8) }
    } check: { bytes in
      checkJSON(bytes)
      guard let event = allowing(.input, decode: { () throws(LetheError) in try CloudEvent(json: bytes) }) else {
        return
      }
      let again = succeeding("an event's text is an event") { () throws(LetheError) in try CloudEvent(json: event.text)
      }
      expect(again.text == event.text && again.stream == nil, "an event's text is kept, without its stream")
      expect(
        again.id == event.id && again.source == event.source && again.type == event.type && again.time == event.time
          && again.subject == event.subject, "an event's text has its attributes")
      expect(event.isEquivalent(to: again), "an event equals itself")
      checkDivision(event)
    }

    private static func checkJSON(_ bytes: [UInt8]) {
      let value = allowing(.input) { () throws(LetheError) in try JSONValue(parsing: bytes) }
      guard let value else { return }
      let text = value.compactText
      let again = succeeding("compact text is JSON") { () throws(LetheError) in try JSONValue(parsing: text) }
      expect(again.compactText == text, "compact text is written as it was read")
      expect(again.isEquivalent(to: value), "compact text is the same JSON")
    }

    private static let policies = succeeding("the policies are read") { () throws(LetheError) in
      let more = """
        {"policy":"lethe/1","types":{
          "Other":{"retained":["/recordedtime","/source","/data/list/1","/data/deep/a","/data_base64"]},
          "B":{"retained":["/data/a","/data/b/0"],"replacements":{"/data/b/1":0}}}}
        """
      return try Policies(files: [("sample", Policies.sample), ("more", Array(more.utf8))])
    }

    private static func checkDivision(_ event: CloudEvent) {
      let parts = allowing(.policy) { () throws(LetheError) in
        try policies.divide(event, recordedAt: Timestamp(microseconds: 1_700_000_000_000_000))
      }
      guard let parts else { return }
      let stored = [parts.personal, parts.retained].compactMap(\.self).map { part in
        let bytes = part.encoded()
        let read = succeeding("a part is read") { () throws(LetheError) in try PartContent(decoding: bytes) }
        expect(read.encoded() == bytes, "a part is encoded as it was read")
        return read
      }
      let opened = succeeding("parts fit together") { () throws(LetheError) in
        try OpenedEvent(stored, under: policies)
      }
      expect(opened.extent == .whole, "all parts make the whole event")
      let joined = succeeding("joined parts are an event") { () throws(LetheError) in
        try CloudEvent(json: opened.text)
      }
      expect(joined.isEquivalent(to: event), "parts put together are the event")
      checkLine(opened)
      guard let retained = stored.last, retained.isFields else { return }
      let partial = succeeding("retained fields open alone") { () throws(LetheError) in
        try OpenedEvent([retained], under: policies)
      }
      expect(partial.extent == .partial, "retained fields are no whole event")
      checkLine(partial)
    }

    private static func checkLine(_ event: OpenedEvent) {
      let line = ReadLine(position: 1, stream: "s-1", streamID: "00ff", revision: 0).line(event)
      expect(!line.contains(UInt8(ascii: "\n")), "a line is one line")
      _ = succeeding("a line is JSON") { () throws(LetheError) in try JSONValue(parsing: line) }
    }

    /// Events of a file behind the size of its chunks; a chunk size makes no difference.
    static let eventInput = FuzzTarget(name: "event-input") { () throws(LetheError) in
      let event = #"{"specversion":"1.0","id":"1","source":"/s","type":"A","data":{"a":"]}\"","b":[1]}}"#
      return [
        "\(event)\n\n\(event)\r\n\(event)", "[\(event),\n \(event)]", " \n[ ]\n", "[\(event)", "\(event)\nno",
        "[\(event)]x",
      ].map { [3] + $0.utf8 }
    } check: { bytes in
      var input = Input(bytes)
      let chunkSize = Int(input.byte() % 64) + 1
      let text = Array(input.rest)
      // A limit that inputs reach.
      for limit in [CloudEvent.byteLimit, 100] {
        let whole = taken(text, chunkSize: max(text.count, 1), limit: limit)
        let chunked = taken(text, chunkSize: chunkSize, limit: limit)
        expect(whole == chunked, "chunks make no difference")
      }
    }

    /// What an input gives, one description for each event and the error.
    private static func taken(_ text: [UInt8], chunkSize: Int, limit: Int) -> [String] {
      var events = EventInput(byteLimit: limit)
      var taken: [String] = []
      func take() -> Bool {
        do throws(LetheError) {
          while let item = try events.next() {
            taken.append("\(item.number) \(item.line) \(String(decoding: item.event.text, as: UTF8.self))")
          }
          // A CR before the end of a line is no part of it; and what follows the first line may tell what the input is.
          expect(
            events.heldByteCount <= limit + 2 + InputKind.headByteCount, "no more is held than an event may have")
          return true
        } catch {
          expect(error.code == .input, "an input is refused as input")
          taken.append(error.description)
          return false
        }
      }
      for start in stride(from: 0, to: text.count, by: chunkSize) {
        events.add(Array(text[start..<min(start + chunkSize, text.count)]))
        guard take() else { return taken }
      }
      events.finish()
      _ = take()
      return taken
    }
  }
#endif
