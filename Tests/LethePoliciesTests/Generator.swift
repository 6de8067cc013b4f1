import LethePolicies
import LetheSystem

/// Repeatable randomness (SplitMix64).
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}

/// Writes random JSON texts as senders write them: spaced, escaped, with numbers of every form.
struct Generator {
  var random: Seeded
  /// Put into every string, so that a test can look for it.
  var canary = ""

  init(_ seed: UInt64) { random = Seeded(seed) }

  mutating func space() -> String {
    random.chance(75) ? "" : random.pick([" ", "  ", "\t", "\n", "\r\n ", " \n\t"])
  }

  mutating func number() -> String {
    random.pick([
      "0", "-0", "1", "1.0", "1e400", "10e399", "12345678901234567890", "0.1", "-2.50E-3", "1E+0", "-17",
      "\(random.below(1_000_000))", "0.000\(random.below(1000))", "9e99999999999999999999999",
    ])
  }

  mutating func string() -> String {
    let pieces = [
      "a", "Z", "7", " ", "é", "e\u{301}", "漢", "😀", "\\n", "\\u0041", "\\ud83d\\ude00", "\\/", "\\\"", "\\\\",
      "\\u0000", "{", "]", ",", ":", "~", "/", "\u{7F}",
    ]
    return "\"" + canary + (0..<random.below(6)).map { _ in random.pick(pieces) }.joined() + "\""
  }

  mutating func value(depth: Int) -> String {
    switch random.below(depth > 0 ? 8 : 5) {
    case 0: return random.pick(["null", "true", "false"])
    case 1, 2: return number()
    case 3, 4: return string()
    case 5:
      let elements = (0..<random.below(4)).map { _ in space() + value(depth: depth - 1) + space() }
      return "[" + (elements.isEmpty ? space() : elements.joined(separator: ",")) + "]"
    default: return object(depth: depth, names: nil)
    }
  }

  mutating func object(depth: Int, names: [String]?) -> String {
    let all =
      names
      ?? Array(
        ["a", "b", "c", "note", "medicine", "0", "1", "a/b", "m~n", "é", ""].shuffled(using: &random)
          .prefix(random.below(5)))
    let members = all.map { name in
      space() + escaped(name) + space() + ":" + space() + value(depth: depth - 1) + space()
    }
    return "{" + (members.isEmpty ? space() : members.joined(separator: ",")) + "}"
  }

  /// A name, sometimes with an escape in it.
  mutating func escaped(_ name: String) -> String {
    if random.chance(10), let first = name.unicodeScalars.first, first.value < 0x80 {
      let digits = String(first.value, radix: 16)
      return "\"\\u" + String(repeating: "0", count: 4 - digits.count) + digits + name.dropFirst() + "\""
    }
    return "\"" + name + "\""
  }

  /// A value that an attribute may have.
  mutating func attribute() -> String {
    random.chance(50) ? string() : random.pick(["null", "true", "false", "0", "-0", "-17", "2147483647"])
  }

  mutating func event(type: String, stream: Bool = true) -> String {
    var members = ["specversion": "\"1.0\"", "id": "\"\(canary)e-\(random.below(1000))\"", "source": "\"/\(canary)s\""]
    members["type"] = "\"\(type)\""
    if stream && random.chance(60) { members["stream"] = "\"\(canary)patient-\(random.below(9))\"" }
    if random.chance(60) { members["datasubject"] = "\"\(canary)p\(random.below(9))\"" }
    if random.chance(60) { members["time"] = "\"2026-03-01T10:00:00.25+01:00\"" }
    if random.chance(50) { members["ext1"] = attribute() }
    switch random.below(10) {
    case 0: break
    case 1: members["data_base64"] = random.pick(["\"\"", "\"QUI=\"", "\"AAEC\"", "\"/w==\""])
    case 2: members["data"] = value(depth: 0)
    default: members["data"] = value(depth: 4)
    }
    let written = members.sorted { $0.key < $1.key }.shuffled(using: &random).map { name, value in
      space() + escaped(name) + space() + ":" + space() + value + space()
    }
    return space() + "{" + written.joined(separator: ",") + "}" + space()
  }
}

extension String {
  var bytes: [UInt8] { Array(utf8) }
}

extension [UInt8] {
  var string: String { String(decoding: self, as: UTF8.self) }
}

/// The error that the body throws; nil if it throws none.
func failure(_ body: () throws(LetheError) -> Void) -> LetheError? {
  do {
    try body()
    return nil
  } catch {
    return error
  }
}
