internal import LetheStore
internal import LetheSystem

/// Options that several measurements take, and their limits.
enum BenchOptions {
  static let events = Option("--events", "N", "How many events are appended; 200000 unless given.")
  static let subjects = Option(
    "--subjects", "N", "How many subjects they are about, each with a stream; 10000 unless given.")
  static let payload = Option("--payload", "BYTES", "How long an event's `data` is on average; 300 unless given.")
  static let forgets = Option("--forgets", "N", "How many subjects are forgotten; 21 unless given.")

  static func eventCount(_ arguments: ParsedArguments) throws(LetheError) -> Int {
    try arguments.count(events.name) ?? 200_000
  }

  /// Made-up events as `--subjects` and `--payload` want them.
  static func madeUp(_ arguments: ParsedArguments) throws(LetheError) -> BenchEvents {
    let payload = try arguments.count(payload.name) ?? 300
    guard payload <= 1 << 20 else { throw LetheError(.usage, "--payload takes at most 1048576 bytes") }
    return BenchEvents(subjects: try arguments.count(subjects.name) ?? 10_000, payloadByteCount: payload)
  }

  /// The same, with somebody to forget and somebody who stays.
  static func several(_ arguments: ParsedArguments) throws(LetheError) -> BenchEvents {
    let events = try madeUp(arguments)
    guard events.subjects > 1 else { throw LetheError(.usage, "--subjects takes at least 2 where some are forgotten") }
    return events
  }
}
