#if Fuzzing
  @testable internal import LethePolicies
  @testable internal import LetheStore
  internal import LetheSystem

  extension FuzzTarget {
    /// The plaintexts of an event's parts, each behind a count of 16 bits, as a reader finds them: filled up with zeros
    /// behind a count of 32 bits.
    static let part = FuzzTarget(name: "part") { () throws(LetheError) in
      let time = Timestamp(microseconds: 1_700_000_000_000_000)
      let event = Array(#"{"specversion":"1.0","id":"1","source":"/s","type":"B","data":{"c":null,"b":[null,2]}}"#.utf8)
      let fields = Array(#"{"/type":"B","/data/a":1e400,"/data/b/~#0":[true,"\u00e9"]}"#.utf8)
      let pointers = Array(#"{"/type":"B","/data/a":1e400,"/data/b/0":[true,"\u00e9"]}"#.utf8)
      let personal = PartContent.personal(event, recordedAt: time).encoded()
      let retained = [
        PartContent.retainedFields(fields, recordedAt: nil).encoded(),
        PartContent.retainedFields(fields, recordedAt: time).encoded(),
        // As earlier versions wrote them.
        [3] + pointers, [4] + [UInt8](repeating: 1, count: 8) + pointers,
      ]
      let lists =
        [[personal], [PartContent.retainedEvent(event, recordedAt: time).encoded()]] + retained.map { [$0] }
        + retained.map { [personal, $0] }
      return lists.map { list in
        ByteWriter.bytes { writer in
          for content in list {
            let plaintext = ByteWriter.bytes { $0.putCounted(content) } + [0, 0]
            writer.put(UInt16(plaintext.count))
            writer.put(plaintext)
          }
        }
      }
    } check: { bytes in
      var input = Input(bytes)
      var parts: [PartContent] = []
      while !input.rest.isEmpty {
        let plaintext = input.bytes(Int(input.number(UInt16.self)))
        let range = allowing(.damage) { () throws(LetheError) in
          try plaintext.withByteSpan { (bytes) throws(LetheError) in try RecordPlan.contentRange(ofPlaintext: bytes) }
        }
        guard let range else { continue }
        expect(range.upperBound <= plaintext.count, "a part's content lies in its plaintext")
        let content = Array(plaintext[range])
        let part = allowing(.damage, .format) { () throws(LetheError) in try PartContent(decoding: content) }
        guard let part else { continue }
        expect(part.encoded() == content, "a part is encoded as it was read")
        parts.append(part)
      }
      for list in [parts] + parts.map({ [$0] }) {
        let opened = allowing(.damage) { () throws(LetheError) in try OpenedEvent(list, under: openingPolicies) }
        guard let opened else { continue }
        // Elements that are not retained are `null`, and a path says with a few bytes how many there are.
        let nullByteCount = bytes.count * FieldPath.indexLimit
        expect(opened.text.count <= bytes.count * 40 + 1000 + nullByteCount, "an event is bounded by its parts")
        // A whole event is given as it is.
        if list.contains(where: { !$0.isFields && $0.text == opened.text }) { continue }
        _ = succeeding("what is put together is JSON") { () throws(LetheError) in
          try JSONValue(parsing: opened.text)
        }
      }
    }

    private static let openingPolicies = succeeding("the policy is read") { () throws(LetheError) in
      let type = #"{"retained":["/data/a"],"replacements":{"/data/b/1":0,"/data/c/1":0}}"#
      let text = #"{"policy":"lethe/1","types":{"B":"# + type + "}}"
      return try Policies(files: [("policy", Array(text.utf8))])
    }
  }
#endif
