internal import Glibc

/// A moment in microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Timestamp: Sendable, Hashable, Comparable {
  public let microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

  /// Whole hours since 1970, rounded down.
  public var hour: Int64 { microseconds.flooredQuotient(Self.hourMicroseconds) }

  private static let hourMicroseconds: Int64 = 3_600_000_000

  /// The beginning of an hour since 1970; nil for one that no clock of 64 bits reaches.
  package init?(hour: Int64) {
    let (microseconds, isTooFar) = hour.multipliedReportingOverflow(by: Self.hourMicroseconds)
    guard !isTooFar else { return nil }
    self.microseconds = microseconds
  }

  private static let dayMicroseconds = 24 * hourMicroseconds
  /// The days of the years that RFC 3339 can say, 0000 to 9999.
  private static let days = days(fromCivil: 0, 1, 1)..<days(fromCivil: 10_000, 1, 1)

  /// The beginning of a day since 1970; nil for one outside the years 0000 to 9999.
  package init?(day: Int32) {
    guard Self.days.contains(Int64(day)) else { return nil }
    microseconds = Int64(day) * Self.dayMicroseconds
  }
}

/// Tells the time; injected, so that tests have a time of their own.
public protocol WallClock: Sendable {
  func now() -> Timestamp
}

/// The machine's clock (`clock_gettime(CLOCK_REALTIME)`).
public struct SystemClock: WallClock {
  public init() {}

  public func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC; with six digits of a second unless they are all zero. Years outside 0000 to 9999, which RFC 3339
  /// cannot say, get more digits or a sign.
  public var description: String {
    let seconds = microseconds.flooredQuotient(1_000_000)
    // Not the difference from the whole seconds: those of the first moments, in microseconds, do not fit.
    let remainder = microseconds % 1_000_000
    let fraction = remainder < 0 ? remainder + 1_000_000 : remainder
    let days = seconds.flooredQuotient(86_400)
    let inDay = seconds - days * 86_400
    let (year, month, day) = Self.civil(fromDays: days)
    let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    let time = "\(padded(inDay / 3600, 2)):\(padded(inDay / 60 % 60, 2)):\(padded(inDay % 60, 2))"
    return fraction == 0 ? "\(date)T\(time)Z" : "\(date)T\(time).\(padded(fraction, 6))Z"
  }

  /// Reads an RFC 3339 date-time with offset; digits past the microsecond are cut. A leap second, 23:59:60 in UTC, is
  /// the moment after it. Nil if the text is none. In UTC the year may be one less than 0000 or one more than 9999.
  public init?(rfc3339 text: some StringProtocol) {
    var rest = Array(text.utf8)[...]
    func digits(_ count: Int) -> Int64? {
      guard rest.count >= count else { return nil }
      var value: Int64 = 0
      for byte in rest.prefix(count) {
        guard (48...57).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 48)
      }
      rest = rest.dropFirst(count)
      return value
    }
    func take(_ allowed: String) -> UInt8? {
      guard let byte = rest.first, allowed.utf8.contains(byte) else { return nil }
      rest = rest.dropFirst()
      return byte
    }
    guard let year = digits(4), take("-") != nil, let month = digits(2), take("-") != nil, let day = digits(2),
      take("Tt ") != nil, let hour = digits(2), take(":") != nil, let minute = digits(2), take(":") != nil,
      let second = digits(2), (1...12).contains(month), day >= 1, day <= Self.daysInMonth(year, month),
      hour < 24, minute < 60, second < 61
    else { return nil }
    var fraction: Int64 = 0
    if take(".") != nil {
      var scale: Int64 = 100_000
      var count = 0
      while let digit = digits(1) {
        fraction += digit * scale
        scale /= 10
        count += 1
      }
      guard count > 0 else { return nil }
    }
    var offset: Int64 = 0
    guard let sign = take("Zz+-") else { return nil }
    if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
      guard let hours = digits(2), take(":") != nil, let minutes = digits(2), hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60 : 60)
    }
    guard rest.isEmpty else { return nil }
    let seconds = Self.days(fromCivil: year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    guard second < 60 || seconds.isMultiple(of: 86_400) else { return nil }
    self.init(microseconds: seconds * 1_000_000 + fraction)
  }

  // Days and dates of the proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March.

  package static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted.flooredQuotient(400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  package static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = shifted.flooredQuotient(146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
  }

  package static func daysInMonth(_ year: Int64, _ month: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

private func padded(_ number: Int64, _ width: Int) -> String {
  let digits = String(number.magnitude)
  return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Int64 {
  fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
