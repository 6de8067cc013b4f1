import LetheSystem
import Testing

@testable import LetheCompliance

@Suite struct LegalClockTests {
  private func day(_ text: String) throws -> Int32 {
    LegalClock.day(of: try #require(Timestamp(rfc3339: text + "T12:00:00Z")))
  }

  @Test(arguments: [
    // The same-numbered day of the next month; 2026-03-10 is a Tuesday.
    ("2026-02-10", "2026-03-10"),
    // Months that end earlier: the last day, in leap years too, also of a century and of four.
    ("2026-01-31", "2026-03-02"), ("2027-01-31", "2027-03-01"), ("2028-01-31", "2028-02-29"),
    ("2023-01-30", "2023-02-28"), ("2024-01-30", "2024-02-29"), ("2100-01-30", "2100-03-01"),
    ("2000-01-31", "2000-02-29"), ("2026-03-31", "2026-04-30"), ("2026-05-31", "2026-06-30"),
    ("2026-08-31", "2026-09-30"), ("2026-10-31", "2026-11-30"),
    // Saturday and Sunday become Monday, over the end of a month or a year too.
    ("2026-01-14", "2026-02-16"), ("2026-01-15", "2026-02-16"), ("2026-01-13", "2026-02-13"),
    ("2026-04-30", "2026-06-01"), ("2021-12-01", "2022-01-03"), ("2022-11-30", "2022-12-30"),
    ("2022-12-31", "2023-01-31"), ("2033-11-30", "2033-12-30"), ("2028-11-30", "2029-01-01"),
    // The year changes.
    ("2026-12-15", "2027-01-15"), ("2026-12-31", "2027-02-01"),
    // Before 1970, where a clock that was never set may stand.
    ("1969-11-05", "1969-12-05"), ("1969-11-06", "1969-12-08"),
  ])
  func `a request is due one calendar month later, on a working day`(received: String, due: String) throws {
    #expect(LegalClock.dueDay(receivedOn: try day(received)) == (try day(due)))
  }

  @Test func `the day of receipt is that of its last microsecond too`() throws {
    let last = try #require(Timestamp(rfc3339: "2026-02-10T23:59:59.999999Z"))
    #expect(LegalClock.day(of: last) == (try day("2026-02-10")))
    #expect(LegalClock.day(of: Timestamp(microseconds: last.microseconds + 1)) == (try day("2026-02-11")))
    #expect(LegalClock.day(of: Timestamp(microseconds: -1)) == -1)
    #expect(LegalClock.day(of: Timestamp(microseconds: 0)) == 0)
  }

  @Test func `no day of four hundred years is due on a weekend, before a month or more than two days after one`() throws
  {
    let first = try day("1999-12-01")
    var previous = LegalClock.dueDay(receivedOn: first)
    for received in first...(try day("2400-01-31")) {
      let due = LegalClock.dueDay(receivedOn: received)
      // 1970-01-05 was a Monday.
      #expect((due - 4) % 7 < 5)
      #expect((28...33).contains(due - received))
      #expect(due >= previous)
      previous = due
    }
  }
}
