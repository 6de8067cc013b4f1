import LetheSystem
import Testing

@testable import LethePolicies

@Suite struct JSONParserTests {
  static let accepted = [
    "null", "true", "false", "0", "-0", "1e400", "-1.5E-3", "12345678901234567890", "1.0", "\"\"", "\"\\u0000\"",
    "\"\\uD83D\\uDE00\"", "\"\u{7F}\"", "\"é\u{10FFFF}\u{FFFF}\"", "[]", "[ ]", "{}", "{ }", "[[[]]]", "[1,2]",
    "[null,true,\"\"]", "{\"a\":1}", "{\"a\":{\"a\":{}}}", "{\"\":0}", "{\"a\":1,\"A\":2}",
    "{\"\u{E9}\":1,\"e\u{301}\":2}", " \t\r\n[ 1 , 2 ] \n", "[{\"a\":[]},{\"b\":{}}]", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "0e0", "0.0", "-0.0e-0", "1E+2", "[\"a\",[],{}]",
  ]

  static let refused = [
    "", " ", "nul", "nulll", "True", "truefalse", "01", "-", "+1", ".5", "1.", "1.e1", "1e", "1e+", "0x1", "NaN",
    "Infinity", "-01", "1 2", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\uD800\"", "\"\\uDC00\"",
    "\"\\uD800\\u0041\"", "\"\\uD800\\uD800\"", "\"\\uD83D\"", "\"\t\"", "\"\n\"", "\"\u{0}\"", "'a'", "[", "]", "[1",
    "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1}", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
    "{,}", "{a:1}", "{1:1}", "{\"a\",1}", "{\"a\":1]", "{\"a\" 1}", "{\"a\"::1}", "{\"a\":1 \"b\":2}", "[] []", "[]a",
    "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}", "{\"b\":0,\"a\":1,\"c\":{\"a\":1},\"a\":2}", "/**/1", "1//",
    "\u{FEFF}1", "\u{A0}1", "[1]\u{0}", "\u{C}1",
  ]

  @Test(arguments: accepted) func `what RFC 8259 allows is accepted`(_ text: String) throws {
    _ = try JSONValue(parsing: text.bytes)
  }

  @Test(arguments: refused) func `what is no strict JSON is refused with its place`(_ text: String) throws {
    let error = try #require(failure { () throws(LetheError) in _ = try JSONValue(parsing: text.bytes) })
    #expect(error.code == .input)
    #expect(error.place?.hasPrefix("line ") == true)
  }

  @Test(
    arguments: [
      [0x22, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xC1, 0xBF, 0x22], [0x22, 0xE0, 0x80, 0xAF, 0x22],
      [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF0, 0x80, 0x80, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
      [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82], [0x22, 0xE2, 0x82, 0x22],
      [0x22, 0xF0, 0x9F, 0x98, 0x22],
      [0xFF], [0xEF, 0xBB, 0xBF, 0x31], [0x31, 0x00], [0x22, 0xFE, 0x22],
    ] as [[UInt8]])
  func `malformed UTF-8 is refused`(_ bytes: [UInt8]) {
    #expect(failure { () throws(LetheError) in _ = try JSONValue(parsing: bytes) }?.code == .input)
  }

  @Test func `every truncation and every changed byte is accepted or refused without a crash`() throws {
    var generator = Generator(7)
    let text = generator.event(type: "T").bytes
    for count in 0..<text.count { _ = try? JSONValue(parsing: Array(text.prefix(count))) }
    for index in text.indices {
      for byte in [0, 0x22, 0x5C, 0x7B, 0x7D, 0x80, 0xED, 0xFF] as [UInt8] {
        var changed = text
        changed[index] = byte
        _ = try? JSONValue(parsing: changed)
      }
    }
  }

  @Test func `128 levels are accepted and 129 refused, and a million do not overflow the stack`() throws {
    func nested(_ levels: Int) -> [UInt8] {
      Array(repeating: UInt8(ascii: "["), count: levels) + Array(repeating: UInt8(ascii: "]"), count: levels)
    }
    _ = try JSONValue(parsing: nested(128))
    #expect(failure { () throws(LetheError) in _ = try JSONValue(parsing: nested(129)) }?.place == "line 1, column 129")
    #expect(failure { () throws(LetheError) in _ = try JSONValue(parsing: nested(1_000_000)) } != nil)
  }

  @Test func `a name that comes twice is found among many`() throws {
    let names = (0..<500).map { "\"n\($0)\":\($0)" }.joined(separator: ",")
    _ = try JSONValue(parsing: "{\(names)}".bytes)
    #expect(failure { () throws(LetheError) in _ = try JSONValue(parsing: "{\(names),\"\\u006e7\":0}".bytes) } != nil)
  }

  @Test func `a fault is placed by line and code point`() throws {
    let error = failure { () throws(LetheError) in _ = try JSONValue(parsing: "{\n  \"é\": nope}".bytes) }
    #expect(error?.place == "line 2, column 8")
  }

  @Test func `members know where their values stand, and numbers keep their text`() throws {
    let text = "{\"a\" : 1e400 , \"\\u0062\": [ -0 ,1.0], \"c\":12345678901234567890}".bytes
    guard case .object(let members) = try JSONValue(parsing: text) else {
      Issue.record("no object")
      return
    }
    #expect(members.map(\.name) == ["a", "b", "c"])
    #expect(
      members.compactMap(\.source).map { Array(text[$0]).string } == ["1e400", "[ -0 ,1.0]", "12345678901234567890"])
    #expect(
      try JSONValue(parsing: text).compactText.string == "{\"a\":1e400,\"b\":[-0,1.0],\"c\":12345678901234567890}")
  }

  @Test(arguments: 0..<60 as Range<UInt64>) func `generated JSON survives writing and parsing`(_ seed: UInt64) throws {
    var generator = Generator(seed)
    for _ in 0..<10 {
      let text = generator.value(depth: 5).bytes
      let value = try JSONValue(parsing: text)
      let again = try JSONValue(parsing: value.compactText)
      #expect(value.isEquivalent(to: again))
      #expect(again.isEquivalent(to: value))
      #expect(again.compactText == value.compactText)
    }
  }

  @Test func `strings are written with the escapes that must be`() {
    let value = JSONValue.string("\"\\/\u{8}\u{9}\u{A}\u{C}\u{D}\u{0}\u{1F}\u{7F}é😀")
    #expect(value.compactText.string == "\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0000\\u001f\u{7F}é😀\"")
  }
}
