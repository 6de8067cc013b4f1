import LetheSystem
import LetheTesting
import Testing

@Suite struct TimestampTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.000001Z", 1), ("1969-12-31T23:59:59.999999Z", -1),
      ("1969-12-31T23:59:59Z", -1_000_000), ("2000-02-29T12:00:00Z", 951_825_600_000_000),
      ("2024-02-29T00:00:00Z", 1_709_164_800_000_000), ("1972-12-31T23:59:59Z", 94_694_399_000_000),
      ("0000-01-01T00:00:00Z", -62_167_219_200_000_000), ("0000-02-29T00:00:00Z", -62_162_121_600_000_000),
      ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999), ("1600-03-01T00:00:00Z", -11_670_912_000_000_000),
      // Texts of the first and the last year whose moments lie in others.
      ("0000-01-01T00:00:00+00:01", -62_167_219_260_000_000), ("9999-12-31T23:59:59-05:00", 253_402_318_799_000_000),
      ("9999-12-31T23:59:60Z", 253_402_300_800_000_000), ("0000-01-01T00:00:00+23:59", -62_167_305_540_000_000),
      // Examples of RFC 3339, section 5.8.
      ("1985-04-12T23:20:50.52Z", 482_196_050_520_000), ("1996-12-19T16:39:57-08:00", 851_042_397_000_000),
      ("1990-12-31T23:59:60Z", 662_688_000_000_000), ("1990-12-31T15:59:60-08:00", 662_688_000_000_000),
      ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130_000),
      // Offsets, separators, digits past the microsecond.
      ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T18:30:00-05:30", 0), ("1970-01-01T23:59:00+23:59", 0),
      ("1970-01-01t00:00:00z", 0), ("1970-01-01 00:00:00-00:00", 0), ("1970-01-01T00:00:00.0000019Z", 1),
      ("1970-01-01T00:00:00.5Z", 500_000), ("1970-01-01T00:00:00.000000000000000000000000001Z", 0),
    ] as [(String, Int64)])
  func `a text of RFC 3339 is the moment it names`(text: String, microseconds: Int64) {
    #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "1970", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01T00:00Z", "1970-01-01T00:00:00Z ",
    " 1970-01-01T00:00:00Z", "1970-1-01T00:00:00Z", "1970-00-01T00:00:00Z", "1970-13-01T00:00:00Z",
    "1970-01-00T00:00:00Z", "1970-01-32T00:00:00Z", "1970-04-31T00:00:00Z", "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
    "1970-01-01T00:00:61Z", "1970-01-01T00:00:60Z", "1990-12-31T23:59:60-08:00", "1970-01-01T00:00:00.Z",
    "1970-01-01T00:00:00,5Z", "1970-01-01T00:00:00+0100", "1970-01-01T00:00:00+01", "1970-01-01T00:00:00+24:00",
    "1970-01-01T00:00:00+00:60", "1970-01-01T00:00:00*00:00", "-001-01-01T00:00:00Z", "+1970-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z", "١٩٧٠-01-01T00:00:00Z", "1970-01-01T00:00:00ZZ", "1970-01-01T00:00:00.1.2Z",
    "9999-12-31T23:59:59-24:00", "9999-12-31T24:00:00Z", "1970-01-01X00:00:00Z",
  ])
  func `any other text is refused`(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test func `a moment is printed and read again as itself`() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<20_000 {
      var microseconds = Int64.random(in: -62_167_219_200_000_000..<253_402_300_800_000_000, using: &generator)
      if Bool.random(using: &generator) { microseconds = microseconds / 1_000_000 * 1_000_000 }
      let moment = Timestamp(microseconds: microseconds)
      #expect(Timestamp(rfc3339: moment.description) == moment)
    }
  }

  @Test func `the order of texts in UTC is the order of moments`() {
    var generator = SeededGenerator(seed: 4)
    let moments = (0..<500).map { _ in
      Timestamp(microseconds: Int64.random(in: -62_167_219_200_000_000..<253_402_300_800_000_000, using: &generator))
    }
    #expect(moments.sorted().map(\.description) == moments.map(\.description).sorted())
  }

  @Test(arguments: [
    (Int64.min, "-290308-12-21T19:59:05.224192Z"), (.max, "294247-01-10T04:00:54.775807Z"),
    (-62_167_219_200_000_001, "-0001-12-31T23:59:59.999999Z"), (-1, "1969-12-31T23:59:59.999999Z"),
    (1_767_225_600_000_000, "2026-01-01T00:00:00Z"), (1_767_225_600_000_010, "2026-01-01T00:00:00.000010Z"),
  ])
  func `every moment can be printed`(microseconds: Int64, text: String) {
    #expect(Timestamp(microseconds: microseconds).description == text)
  }

  @Test func `days follow each other through 800 years`() {
    var (year, month, day) = (Int64(1599), Int64(12), Int64(31))
    for days in Timestamp.days(fromCivil: 1600, 1, 1)..<Timestamp.days(fromCivil: 2400, 1, 1) {
      day += 1
      if day > Timestamp.daysInMonth(year, month) { (month, day) = (month + 1, 1) }
      if month > 12 { (year, month) = (year + 1, 1) }
      let civil = Timestamp.civil(fromDays: days)
      guard civil == (year, month, day), Timestamp.days(fromCivil: year, month, day) == days else {
        Issue.record("day \(days) is \(civil)")
        return
      }
    }
    #expect((year, month, day) == (2399, 12, 31))
  }

  @Test func `hours are rounded down`() {
    #expect([0, 3_599_999_999, 3_600_000_000, -1].map { Timestamp(microseconds: $0).hour } == [0, 0, 1, -1])
  }

  @Test func `a day has a beginning in the years 0000 to 9999 alone`() {
    #expect(Timestamp(day: -719_528)?.description == "0000-01-01T00:00:00Z")
    #expect(Timestamp(day: 0)?.microseconds == 0)
    #expect(Timestamp(day: 2_932_896)?.description == "9999-12-31T00:00:00Z")
    for day in [.min, -719_529, 2_932_897, .max] as [Int32] { #expect(Timestamp(day: day) == nil) }
  }

  @Test func `the machine's clock is past the year this was written`() {
    #expect(SystemClock().now() > Timestamp(microseconds: 1_735_689_600_000_000))
  }

  @Test func `a manual clock moves only when told`() {
    let clock = ManualClock()
    #expect(clock.now().description == "2026-01-01T00:00:00Z")
    clock.advance(by: .seconds(3600) + .microseconds(5))
    #expect(clock.now().description == "2026-01-01T01:00:00.000005Z")
    clock.advance(by: .seconds(-3600))
    #expect(clock.now().description == "2026-01-01T00:00:00.000005Z")
  }
}
