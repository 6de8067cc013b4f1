import LetheSystem
import Testing

@testable import lethe

@Suite struct PeriodTests {
  @Test(
    arguments: [
      ("PT5S", 0, 5_000_000), ("PT0S", 0, 0), ("PT0.25S", 0, 250_000), ("PT1,5S", 0, 1_500_000),
      ("P1W", 0, 604_800_000_000), ("P1DT1H1M1S", 0, 90_061_000_000), ("P1Y2M", 14, 0), ("P1M", 1, 0),
      ("PT1M", 0, 60_000_000), ("PT0.1234567S", 0, 123_456),
    ] as [(String, Int64, Int64)])
  func `ISO 8601 durations are read`(text: String, months: Int64, microseconds: Int64) throws {
    let period = try #require(Period(text))
    #expect(period.months == months && period.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "P", "PT", "5S", "P5S", "PT5", "pt5s", "PT5s", "P1H", "PT1D", "P1DT", "P1.5D", "PT1S1M", "P1M1Y", "PT5S ",
    "P-1D",
    "PT99999999999999999999S", "P999999999999999Y", "PT1.S", "+P1D", "P1D2D", "PTT1S",
  ])
  func `anything else is not`(text: String) { #expect(Period(text) == nil) }

  @Test(arguments: [
    ("P1D", "2026-03-01T00:00:00Z", "2026-02-28T00:00:00Z"), ("P1M", "2026-03-31T12:00:00Z", "2026-02-28T12:00:00Z"),
    ("P1Y", "2024-02-29T00:00:00Z", "2023-02-28T00:00:00Z"), ("P13M", "2026-01-15T00:00:00Z", "2024-12-15T00:00:00Z"),
    ("PT1.5S", "2026-01-01T00:00:01Z", "2025-12-31T23:59:59.500000Z"),
    ("P60Y", "2026-01-01T00:00:00Z", "1966-01-01T00:00:00Z"),
  ])
  func `a period reaches back by the calendar`(period: String, moment: String, expected: String) throws {
    let before = try #require(Period(period)).before(try #require(Timestamp(rfc3339: moment)))
    #expect(before.description == expected)
  }
}
