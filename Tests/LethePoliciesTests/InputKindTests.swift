import LetheSystem
import Testing

@testable import LethePolicies

@Suite struct InputKindTests {
  /// What an input is called, given in chunks of one size.
  static func sentence(_ bytes: [UInt8], chunk: Int = .max) -> String? {
    var input = EventInput()
    var rest = bytes[...]
    let error = failure { () throws(LetheError) in
      while !rest.isEmpty {
        input.add(Array(rest.prefix(chunk)))
        rest = rest.dropFirst(chunk)
        while try input.next() != nil {}
      }
      input.finish()
      while try input.next() != nil {}
    }
    guard let error, error.code == .input, input.skipFailure() == false else { return nil }
    return error.message
  }

  static let pretty = "{\n  \"specversion\": \"1.0\",\n  \"id\": \"1\"\n}\n"
  static let kinds: [(bytes: [UInt8], word: String)] = [
    ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD, 4, 0, 0], "zstd"),
    ("PK\u{3}\u{4}\u{14}\u{0}".bytes, "zip"), ("BZh91AY".bytes, "bzip2"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0], "xz"),
    ([0xFF, 0xFE] + utf16("{\"a\":1}"), "UTF-16"), ([0xFE, 0xFF, 0, 0x7B, 0, 0x22], "UTF-16"),
    (utf16("{\"a\":1}"), "UTF-16"), ([0, 0x5B, 0, 0x7B, 0, 0x22], "UTF-16"),
    ([0xFF, 0xFE, 0, 0, 0x7B, 0, 0, 0], "UTF-32"),
    ("<?xml version=\"1.0\"?><Patient/>".bytes, "XML"), ("\n\n\n\n      <html>".bytes, "HTML"),
    (pretty.bytes, "pretty-printed"),
    ("{ \"specversion\": \"1.0\",\n  \"id\": \"1\" }".bytes, "pretty-printed"),
    ("{\n  \"resourceType\": \"Bundle\",\n  \"entry\": []\n}".bytes, "FHIR"), ("id,name\n1,x\n".bytes, "CSV"),
    ("\"id\";\"name\"\r\n1;x\r\n".bytes, "CSV"), ("id\tname\n1\tx".bytes, "CSV"),
  ]

  static func utf16(_ text: String) -> [UInt8] { text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }

  @Test(arguments: kinds) func `an input that is something else is called by its name`(_ bytes: [UInt8], _ word: String)
  {
    for chunk in [1, 2, 3, 7, .max] {
      let sentence = Self.sentence(bytes, chunk: chunk)
      #expect(sentence?.contains(word) == true, "\(chunk): \(sentence ?? "none")")
    }
  }

  @Test func `one FHIR resource a line is called so, line by line`() {
    let error = ReadLineInputTests.error("{\"resourceType\":\"Patient\",\"id\":\"1\",\"active\":true}\n")
    #expect(error?.message.contains("FHIR") == true)
    #expect(CloudEventTests.refusal("{\"resourceType\":\"Patient\"}")?.message.contains("FHIR") == true)
  }

  @Test(arguments: [
    "{\"specversion\":\"1.0\",\"id\":\n{\"specversion\":\"1.0\"}", "{\"a\":1", "canary\n", "[{\n\"a\":1}]",
    "{\"a\":1}\n", "1,2",
  ])
  func `an event that is merely broken is told as such`(_ text: String) {
    #expect(Self.sentence(text.bytes).map { !$0.contains("The input is") } ?? true)
  }
}

/// Going on behind what cannot be parsed.
@Suite struct SkippingTests {
  static let good = CloudEventTests.event("\"stream\":\"s-1\"")

  /// The lines of events and of failures, in an input that is given in chunks.
  static func lines(_ text: String, chunk: Int, limit: Int = CloudEvent.byteLimit) -> (events: [Int], failed: [Int]) {
    var input = EventInput(byteLimit: limit)
    var (events, failed): ([Int], [Int]) = ([], [])
    func drain(_ input: inout EventInput) -> Bool {
      while true {
        do throws(LetheError) {
          guard let item = try input.next() else { return true }
          events.append(item.line)
        } catch {
          failed.append(input.failedLine ?? 0)
          guard input.skipFailure() else { return false }
        }
      }
    }
    var rest = text.bytes[...]
    while !rest.isEmpty {
      input.add(Array(rest.prefix(chunk)))
      rest = rest.dropFirst(chunk)
      guard drain(&input) else { return (events, failed) }
    }
    input.finish()
    _ = drain(&input)
    return (events, failed)
  }

  @Test(arguments: [1, 2, 5, 100, .max]) func `lines behind a bad one are given`(_ chunk: Int) {
    let text = "no\n\(Self.good)\n\n{\"a\":\n\(Self.good)\r\n[1]\n\(Self.good)\nend"
    let found = Self.lines(text, chunk: chunk)
    #expect(found.events == [2, 5, 7] && found.failed == [1, 4, 6, 8])
  }

  @Test(arguments: [1, 3, 64, .max]) func `a line that is too long is passed over, and not kept`(_ chunk: Int) {
    let text = "\(Self.good)\n\"\(String(repeating: "x", count: 3000))\"\n\(Self.good)\n"
    let found = Self.lines(text, chunk: chunk, limit: 1000)
    #expect(found.events == [1, 3] && found.failed == [2])
  }

  @Test(arguments: [1, 5, .max]) func `elements of an array behind a bad one are given`(_ chunk: Int) {
    let found = Self.lines("[\(Self.good),\n{\"a\":1},\n\(Self.good)]", chunk: chunk)
    #expect(found.events == [1, 3] && found.failed == [2])
    // Where the array itself is broken, nobody can tell what belongs to it.
    let broken = Self.lines("[\(Self.good),\nno,\n\(Self.good)]", chunk: chunk)
    #expect(broken.events == [1] && broken.failed == [2])
  }
}
