internal import LethePolicies

extension JSONValue {
  static func int(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }

  static func int(_ value: UInt64) -> JSONValue { JSONNumber(String(value)).map { .number($0) } ?? .null }

  static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

  /// With three digits behind the point.
  static func decimal(_ value: Double) -> JSONValue {
    JSONNumber(value.withThreeDecimals).map { .number($0) } ?? .null
  }

  /// An object with these members in this order.
  static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(members.map { Member(name: $0.key, value: $0.value) })
  }

  /// The object with more members at its end.
  func adding(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
    guard case .object(let own) = self else { return self }
    return .object(own + members.map { Member(name: $0.key, value: $0.value) })
  }
}

extension Double {
  /// As decimal digits with three behind the point; 0.000 for what is no number.
  var withThreeDecimals: String {
    let thousandths = (self * 1000).rounded()
    guard thousandths.isFinite, thousandths.magnitude < 1e15 else { return "0.000" }
    let whole = Int64(thousandths.magnitude)
    let decimals = String(whole % 1000)
    let sign = thousandths < 0 ? "-" : ""
    return "\(sign)\(whole / 1000).\(String(repeating: "0", count: 3 - decimals.count))\(decimals)"
  }
}

extension Duration {
  var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}

extension BinaryInteger {
  /// In decimal, thousands apart: 12,345.
  var grouped: String {
    let digits = Array(String(self))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0, digits[index - 1] != "-" { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// `1 event`, `2 events`.
  func counted(_ noun: String, _ plural: String? = nil) -> String {
    "\(grouped) \(self == 1 ? noun : plural ?? noun + "s")"
  }
}
