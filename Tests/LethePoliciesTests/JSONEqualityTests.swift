import LetheSystem
import Testing

@testable import LethePolicies

@Suite struct JSONEqualityTests {
  static func areEqual(_ left: String, _ right: String) throws -> Bool {
    let (left, right) = (try JSONValue(parsing: left.bytes), try JSONValue(parsing: right.bytes))
    let forwards = left.isEquivalent(to: right)
    #expect(forwards == right.isEquivalent(to: left))
    return forwards
  }

  @Test(arguments: [
    ("1", "1.0"), ("1e400", "10e399"), ("-0", "0"), ("0e5", "-0.000E-99999999999999999999"), ("100", "1e2"),
    ("0.001", "1e-3"), ("12345678901234567890", "1.2345678901234567890e19"), ("1E+2", "100.00"),
    ("1e999999999999999999", "10e999999999999999998"), ("1e1000000000000000000", "10e999999999999999999"),
    ("0.1e1000000000000000000", "1e999999999999999999"), ("1e-1000000000000000000", "0.1e-999999999999999999"),
    ("1e99999999999999999999999", "100e99999999999999999999997"),
    ("1e-99999999999999999999999", "0.1e-99999999999999999999998"),
    ("1e00000000000000000000000000001", "10"), ("0.1e100000000000000000000", "1e99999999999999999999"),
    ("{\"a\":1,\"b\":[2]}", "{\"b\":[2.0],\"a\":1e0}"), ("\"\\u0041\\/\"", "\"A/\""),
    ("\"\\ud83d\\ude00\"", "\"😀\""), ("{\"\\u0069d\":1}", "{\"id\":1}"), ("[ ]", "[]"),
  ])
  func `same value, other text`(_ left: String, _ right: String) throws {
    #expect(try Self.areEqual(left, right))
  }

  @Test(arguments: [
    ("1", "-1"), ("1e400", "1e401"), ("1", "1.0000000000000000000000000000001"),
    ("9007199254740993", "9007199254740992"),
    ("1e99999999999999999999999", "1e-99999999999999999999999"),
    ("1e99999999999999999999999", "1e99999999999999999999998"),
    ("0", "1e-400"), ("1", "\"1\""), ("null", "false"), ("[1,2]", "[2,1]"), ("[1]", "[1,1]"), ("{}", "[]"),
    ("{\"a\":null}", "{}"), ("{\"a\":1}", "{\"A\":1}"), ("\"\u{E9}\"", "\"e\u{301}\""),
    ("{\"\u{E9}\":1}", "{\"e\u{301}\":1}"),
    ("{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}"), ("10", "1"), ("1e1000000000000000000", "1e999999999999999999"),
  ])
  func `other value`(_ left: String, _ right: String) throws {
    #expect(try !Self.areEqual(left, right))
  }

  @Test(arguments: 0..<40 as Range<UInt64>) func `equality is reflexive, symmetric and transitive`(_ seed: UInt64)
    throws
  {
    var generator = Generator(seed)
    let numbers = (0..<12).map { _ in generator.number() }
    for left in numbers {
      #expect(try Self.areEqual(left, left))
      for middle in numbers where try Self.areEqual(left, middle) {
        for right in numbers { #expect(try Self.areEqual(middle, right) == Self.areEqual(left, right)) }
      }
    }
  }

  @Test func `shifting the point and the exponent together changes nothing`() throws {
    var random = Seeded(11)
    for _ in 0..<300 {
      let digits = String(random.below(1_000_000) + 1)
      let exponent = random.below(2000) - 1000
      let shift = random.below(40)
      let zeros = String(repeating: "0", count: shift)
      #expect(try Self.areEqual("\(digits)e\(exponent)", "\(digits)\(zeros)e\(exponent - shift)"))
      #expect(try Self.areEqual("\(digits)e\(exponent)", "0.\(zeros)\(digits)e\(exponent + shift + digits.count)"))
      #expect(try !Self.areEqual("\(digits)e\(exponent)", "\(digits)\(zeros)e\(exponent - shift - 1)"))
    }
  }

  @Test(arguments: ["", "-", "01", "1.", "1e", " 1", "1 ", "x", "0x1", "+1", "1e5.5"])
  func `a number is made only of a number's text`(_ text: String) {
    #expect(JSONNumber(text) == nil)
  }
}

@Suite struct JSONPointerTests {
  /// The document and the answers of RFC 6901 section 5.
  static let document = """
    {"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}
    """

  @Test(arguments: [
    ("/foo", "[\"bar\",\"baz\"]"), ("/foo/0", "\"bar\""), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"),
    ("/g|h", "4"), ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"),
  ])
  func `pointers of RFC 6901 lead where it says`(_ pointer: String, _ answer: String) throws {
    let parsed = try JSONPointer(pointer)
    #expect(parsed.description == pointer)
    #expect(parsed.resolve(in: try JSONValue(parsing: Self.document.bytes))?.compactText.string == answer)
    let document = try JSONDocument(Self.document.bytes)
    #expect(document.resolve(parsed).map { document.bytes($0).string } == answer)
  }

  @Test(arguments: [
    "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1", "/foo/0/x", "/bar", "/foo/99999999999999999999",
  ])
  func `pointers to nothing lead nowhere`(_ pointer: String) throws {
    let document = try JSONDocument(Self.document.bytes)
    #expect(document.resolve(try JSONPointer(pointer)) == nil)
    #expect(try JSONPointer(pointer).resolve(in: JSONValue(parsing: Self.document.bytes)) == nil)
  }

  @Test(arguments: ["a", "a/b", "/~", "/~2", "/a~", "~0", "#/a"]) func `what is no pointer is refused`(_ text: String) {
    #expect(failure { () throws(LetheError) in _ = try JSONPointer(text) }?.code == .input)
  }

  @Test func `the whole document has the empty pointer, and tilde and slash are escaped in the right order`() throws {
    #expect(try JSONPointer("").tokens == [])
    #expect(try JSONPointer("/~01").tokens == ["~1"])
    #expect(JSONPointer(tokens: ["~1", "a/b"]).description == "/~01/a~1b")
  }
}
