internal import LetheSystem

/// When a request must be answered: Art. 12(3) GDPR, counted after Regulation 1182/71.
enum LegalClock {
  /// Days since 1970-01-01 in UTC.
  static func day(of time: Timestamp) -> Int32 {
    let (days, hours) = time.hour.quotientAndRemainder(dividingBy: 24)
    return Int32(hours < 0 ? days - 1 : days)
  }

  /// The last day of the period of one calendar month: the day with the same number in the next month, or that month's
  /// last day; moved to Monday from a weekend.
  static func dueDay(receivedOn day: Int32) -> Int32 {
    let received = Timestamp.civil(fromDays: Int64(day))
    let year = received.month == 12 ? received.year + 1 : received.year
    let month = received.month == 12 ? 1 : received.month + 1
    let last = Timestamp.daysInMonth(year, month)
    var due = Timestamp.days(fromCivil: year, month, min(received.day, last))
    // 1970-01-01 was a Thursday: Saturday is 2, Sunday 3.
    switch (due % 7 + 7) % 7 {
    case 2: due += 2
    case 3: due += 1
    default: break
    }
    return Int32(due)
  }
}
