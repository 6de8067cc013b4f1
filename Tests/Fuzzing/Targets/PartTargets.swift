#if Fuzzing
  @testable internal import LethePolicies
  @testable internal import LetheStore
  internal import LetheSystem

  extension FuzzTarget {
    /// The plaintexts of an event's parts, each behind a count of 16 bits, as a reader finds them: filled up with zeros
    /// behind a count of 32 bits.
    static let part = FuzzTarget(name: "part") { () throws(LetheError) in
      let time = Timestamp(microseconds: 1_700_000_000_000_000)
      let event = Array(#"{"specversion":"1.0","id":"1","source":"/s","type":"B","data":{"a":null,"b":[null,2]}}"#.utf8)
      let fields = Array(#"{"/type":"B","/data/a":1e400,"/data/b/0":[true,"\u00e9"]}"#.utf8)
      let lists: [[PartContent]] = [
        [.personal(event, recordedAt: time)], [.retainedEvent(event, recordedAt: time)],
        [.retainedFields(fields, recordedAt: nil)], [.retainedFields(fields, recordedAt: time)],
        [.personal(event, recordedAt: time), .retainedFields(fields, recordedAt: time)],
      ]
      return lists.map { list in
        ByteWriter.bytes { writer in
          for part in list {
            let plaintext = ByteWriter.bytes { $0.putCounted(part.encoded()) } + [0, 0]
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
        let opened = allowing(.damage, .input) { () throws(LetheError) in
          try OpenedEvent(list, under: openingPolicies)
        }
        guard let opened else { continue }
        expect(opened.text.count <= bytes.count * 40 + 1000, "an event is not much longer than its parts")
      }
    }

    private static let openingPolicies = succeeding("the policy is read") { () throws(LetheError) in
      let text = #"{"policy":"lethe/1","types":{"B":{"retained":["/data/a"],"replacements":{"/data/c/1":0}}}}"#
      return try Policies(files: [("policy", Array(text.utf8))])
    }
  }
#endif
