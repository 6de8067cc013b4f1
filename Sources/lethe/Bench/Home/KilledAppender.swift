internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// A process of this tool that appends to a home and is killed, so that the home is as after a crash.
enum KilledAppender {
  /// The most events that one can append: their acknowledgements must fit into a pipe that nobody reads yet.
  static let eventLimit = 100_000
  private static let eventsAtOnce = 1000

  /// Has `lethe import` append the home's next events, waits until all are acknowledged, and kills it.
  ///
  /// - Parameter absent: subjects who get none.
  /// - Throws: `io` with what the process said if it ends by itself, or does not take an event.
  static func append(_ count: Int, to home: inout BenchHome, but absent: Set<Int>) throws(LetheError) {
    precondition(count <= eventLimit, "acknowledgements that fit into a pipe")
    let tools = home.tools
    let child = try ChildProcess(ChildProcess.ownProgram, ["import", "-", "--acks", "--home", home.home.path])
    defer { child.kill() }
    var isTaken = true
    for first in stride(from: 0, to: count, by: eventsAtOnce) where isTaken {
      try tools.interruption.check()
      let lines = home.lines(min(eventsAtOnce, count - first), but: absent)
      isTaken = try child.input.write(lines.flatMap { $0 + [UInt8(ascii: "\n")] }) == .delivered
    }
    let last = Array("{\"acknowledged\":\(count)}\n".utf8)
    var heard: [UInt8] = []
    while !heard.suffix(last.count).elementsEqual(last) {
      let more = try child.errors.read(upTo: 4096, unless: tools.interruption.isRequested)
      try tools.interruption.check()
      heard += more
      // It would wait for more events for ever.
      let said = String(decoding: heard, as: UTF8.self)
      guard !more.isEmpty, !said.contains("refused") else {
        throw LetheError(.io, "the process that was to be killed did not append all of its events; it said: \(said)")
      }
    }
  }
}
