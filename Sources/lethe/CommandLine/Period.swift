internal import LetheSystem

/// A length of time as ISO 8601 writes it: months, whose length depends on the date, and exact time apart.
struct Period: Sendable, Equatable {
  let months: Int64
  let microseconds: Int64

  /// Reads `PnYnMnDTnHnMnS` or `PnW`, upper-case, with a fraction of seconds at most; nil for anything else.
  init?(_ text: String) {
    var rest = Array(text.utf8)[...]
    guard rest.popFirst() == UInt8(ascii: "P") else { return nil }
    var months: Int64 = 0
    var microseconds: Int64 = 0
    var units = Array("YMWD".utf8)[...]
    var isInTime = false
    var isEmpty = true
    while let first = rest.first {
      if first == UInt8(ascii: "T") {
        guard !isInTime, rest.count > 1 else { return nil }
        isInTime = true
        units = Array("HMS".utf8)[...]
        rest.removeFirst()
      }
      guard let (number, fraction, unit) = Self.takeComponent(&rest), let place = units.firstIndex(of: unit) else {
        return nil
      }
      units = units[(place + 1)...]
      isEmpty = false
      guard fraction == 0 || isInTime && unit == UInt8(ascii: "S"),
        let scale = Self.scale(of: unit, isInTime: isInTime)
      else { return nil }
      let (product, tooLong) = number.multipliedReportingOverflow(by: scale.factor)
      guard !tooLong, product < Self.limit else { return nil }
      if scale.isMonths { months += product } else { microseconds += product + fraction }
    }
    guard !isEmpty, months < 12 * 10_000, microseconds < Self.limit else { return nil }
    self.months = months
    self.microseconds = microseconds
  }

  /// Ten thousand years, beyond which no date can be written.
  private static let limit: Int64 = 10_000 * 366 * 86_400 * 1_000_000

  /// A number, up to six digits behind its point as microseconds, and its unit.
  private static func takeComponent(_ rest: inout ArraySlice<UInt8>) -> (Int64, Int64, UInt8)? {
    let digits = rest.prefix { $0 &- 48 < 10 }
    guard !digits.isEmpty, digits.count <= 15 else { return nil }
    rest = rest.dropFirst(digits.count)
    var fraction: Int64 = 0
    if rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: ",") {
      let decimals = rest.dropFirst().prefix { $0 &- 48 < 10 }
      guard !decimals.isEmpty else { return nil }
      rest = rest.dropFirst(1 + decimals.count)
      fraction = (Array(decimals) + Array(repeating: 48, count: 6)).prefix(6).reduce(0) { $0 * 10 + Int64($1 - 48) }
    }
    guard let unit = rest.popFirst() else { return nil }
    return (digits.reduce(0) { $0 * 10 + Int64($1 - 48) }, fraction, unit)
  }

  private static func scale(of unit: UInt8, isInTime: Bool) -> (factor: Int64, isMonths: Bool)? {
    switch (unit, isInTime) {
    case (UInt8(ascii: "Y"), false): (12, true)
    case (UInt8(ascii: "M"), false): (1, true)
    case (UInt8(ascii: "W"), false): (7 * 86_400_000_000, false)
    case (UInt8(ascii: "D"), false): (86_400_000_000, false)
    case (UInt8(ascii: "H"), true): (3_600_000_000, false)
    case (UInt8(ascii: "M"), true): (60_000_000, false)
    case (UInt8(ascii: "S"), true): (1_000_000, false)
    case _: nil
    }
  }

  /// The moment that lies this long before another; a day that its month does not have becomes the month's last.
  func before(_ moment: Timestamp) -> Timestamp {
    let day: Int64 = 86_400_000_000
    var days = moment.microseconds / day
    var inDay = moment.microseconds % day
    if inDay < 0 {
      days -= 1
      inDay += day
    }
    let date = Timestamp.civil(fromDays: days)
    let count = date.year * 12 + date.month - 1 - months
    let year = count >= 0 ? count / 12 : (count - 11) / 12
    let month = count - year * 12 + 1
    let first = Timestamp.days(fromCivil: year, month, min(date.day, Timestamp.daysInMonth(year, month)))
    return Timestamp(microseconds: first * day + inDay - microseconds)
  }
}
