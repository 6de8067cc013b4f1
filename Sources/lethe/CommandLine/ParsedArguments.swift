internal import LethePolicies
internal import LetheSystem

/// Operands and options as they were typed, by name.
struct ParsedArguments: Sendable {
  var switches: Set<String> = []
  private var values: [String: [String]] = [:]
  private var operands: [String: String] = [:]

  mutating func take(_ value: String, for option: Option) throws(LetheError) {
    guard option.presence == .repeated || values[option.name] == nil else {
      throw LetheError(.usage, "\(option.name) is given twice; keep one")
    }
    guard !value.isEmpty else {
      throw LetheError(.usage, "\(option.name) is empty; give it a value or leave it out")
    }
    values[option.name, default: []].append(value)
  }

  /// Gives operands their names and checks that what is required is there.
  mutating func bind(_ given: [String], to command: Command) throws(LetheError) {
    var awaited = command.operands
    if values[NameFile.name] != nil, let named = command.named {
      guard values[named.name] == nil else {
        throw LetheError(.usage, "\(named.name) and \(NameFile.name) exclude each other; keep one")
      }
      awaited.removeAll { .operand($0.name) == named }
    }
    let required = awaited.filter { $0.presence == .required }
    guard given.count >= required.count else {
      throw LetheError(.usage, "\(awaited[given.count].name) is missing; see `lethe \(command.name) --help`")
    }
    guard given.count <= awaited.count else {
      let more = given.count - awaited.count
      throw LetheError(
        .usage,
        "there \(more == 1 ? "is 1 more argument" : "are \(more) more arguments") than `lethe \(command.name)` takes; "
          + "put quotes around values with spaces")
    }
    for (operand, value) in zip(awaited, given) {
      guard !value.isEmpty else {
        let advice = operand.presence == .required ? "give one" : "give one or leave it out"
        throw LetheError(.usage, "\(operand.name) is empty; \(advice)")
      }
      operands[operand.name] = value
    }
    for option in command.options where option.presence == .required && values[option.name] == nil {
      throw LetheError(.usage, "\(option.name) is missing; add \(option.name) \(option.value ?? "")")
    }
  }

  /// The same arguments with a value that a file gave.
  func giving(_ value: String, for named: Command.Named) -> ParsedArguments {
    var arguments = self
    switch named {
    case .operand(let name): arguments.operands[name] = value
    case .option(let name): arguments.values[name] = [value]
    }
    return arguments
  }

  func has(_ option: Option) -> Bool { switches.contains(option.name) }

  func operand(_ name: String) -> String? { operands[name] }

  func values(of name: String) -> [String] { values[name] ?? [] }

  func value(of name: String) -> String? { values[name]?.first }

  /// A whole number from 0.
  func number(_ name: String) throws(LetheError) -> UInt64? {
    guard let text = value(of: name) else { return nil }
    guard let number = UInt64(text) else { throw LetheError(.usage, "\(name) takes a whole number from 0; write one") }
    return number
  }

  /// The same of an operand that is required.
  func operandNumber(_ name: String) throws(LetheError) -> UInt64 {
    guard let number = UInt64(operand(name) ?? "") else {
      throw LetheError(.usage, "\(name) is a whole number from 0; write one")
    }
    return number
  }

  /// A whole number from 1 that counts something.
  func count(_ name: String) throws(LetheError) -> Int? {
    guard let text = value(of: name) else { return nil }
    guard let number = Int(text), number > 0 else {
      throw LetheError(.usage, "\(name) takes a whole number from 1; write one")
    }
    return number
  }

  /// A moment, or a duration that reaches back from now.
  func moment(_ name: String, now: Timestamp) throws(LetheError) -> Timestamp? {
    guard let text = value(of: name) else { return nil }
    if let moment = Timestamp(rfc3339: text) { return moment }
    guard let period = Period(text) else {
      throw LetheError(
        .usage, "\(name) takes an RFC 3339 time like 2026-01-31T12:00:00Z or an ISO 8601 duration like P7D; write one")
    }
    return period.before(now)
  }

  /// A length of time without months, whose length is not fixed.
  func duration(_ name: String) throws(LetheError) -> Duration? {
    guard let text = value(of: name) else { return nil }
    guard let period = Period(text), period.months == 0 else {
      throw LetheError(.usage, "\(name) takes an ISO 8601 duration in days or less, like PT5S; write one")
    }
    return .microseconds(period.microseconds)
  }
}
