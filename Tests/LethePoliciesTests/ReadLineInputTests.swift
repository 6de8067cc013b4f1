import LetheSystem
import Testing

@testable import LethePolicies

/// What `read` gave, given again.
@Suite struct ReadLineInputTests {
  static func parsed(_ line: String, _ lines: EventInput.Lines = .eventsOrReadLines) throws -> EventInput.Item? {
    var input = EventInput(lines)
    input.add(line.bytes)
    input.finish()
    return try input.next()
  }

  static func error(_ line: String, _ lines: EventInput.Lines = .eventsOrReadLines) -> LetheError? {
    do { _ = try parsed(line, lines) } catch { return error as? LetheError }
    return nil
  }

  static let place = "\"position\":4,\"stream\":\"s-1\",\"streamid\":\"00ff\",\"revision\":0"

  @Test(arguments: [
    "\(place),\"storedtime\":\"2026-01-01T00:00:00Z\"", "\(place),\"recordedtime\":\"2026-01-01T00:00:00Z\"",
    "\"position\":4,\"stream\":\"s-1\",\"revision\":0,\"recordedtime\":\"2026-01-01T00:00:00Z\"",
    "\"position\":99999999999,\"stream\":\"s-1\",\"streamid\":\"00ff\",\"revision\":18446744073709551615,\"storedtime\":1",
  ])
  func `a line of read is the event that it was made of`(_ added: String) throws {
    let item = try #require(try Self.parsed(CloudEventTests.event("\"ext\":\"a\",\"data\":1.0,\(added)")))
    #expect(item.event.text.string == CloudEventTests.event("\"ext\":\"a\",\"data\":1.0"))
    #expect(item.event.stream?.text == "s-1")
    #expect(Self.error(CloudEventTests.event(added), .events)?.message.contains("only the store writes") == true)
  }

  @Test func `a producer's recordedtime comes back untouched`() throws {
    let own = "\"recordedtime\":\"2020-01-01T00:00:00Z\""
    let opened = try ReadLineTests.opened(CloudEventTests.event(own))
    let line = ReadLine(position: 4, stream: "s-1", streamID: "00ff", revision: 0).line(opened).string
    #expect(try #require(try Self.parsed(line)).event.text.string == CloudEventTests.event(own))
  }

  @Test func `an attribute storedtime of an older version gives way to the store's`() throws {
    let opened = try ReadLineTests.opened(CloudEventTests.event("\"storedtime\":\"theirs\",\"data\":1"))
    let line = ReadLine(position: 4, stream: "s-1", streamID: "00ff", revision: 0).line(opened).string
    #expect(line.components(separatedBy: "storedtime") == 2 && !line.contains("theirs"))
    #expect(try #require(try Self.parsed(line)).event.text.string == CloudEventTests.event("\"data\":1"))
  }

  @Test(arguments: [
    "\"position\":4", "\"revision\":1,\"position\":4", "\"streamid\":\"00ff\"", "\"storedtime\":\"x\"",
    "\(place)", "\(place),\"storedtime\":\"x\",\"certificate\":\"c\"",
    "\"position\":4,\"streamid\":\"00ff\",\"revision\":0,\"storedtime\":\"x\",\"shreddedfields\":[]",
    "\"position\":4,\"revision\":0,\"recordedtime\":\"x\"",
  ])
  func `some of what read adds does not make a line of read`(_ added: String) {
    #expect(Self.error(CloudEventTests.event(added))?.message.contains("only the store writes") == true)
  }

  @Test(arguments: [
    "{\"position\":9,\"streamid\":\"0a\",\"revision\":3,\"lethestate\":\"shredded\"}",
    "{\"position\":9,\"streamid\":\"0a\",\"revision\":3,\"lethestate\":\"restricted\"}",
    "{\"type\":\"T\",\(place),\"storedtime\":\"x\",\"lethestate\":\"partial\",\"shreddedfields\":[\"/data/n\"]}",
    "{\"position\":9,\"stream\":\"$system\",\"revision\":3,\"fact\":\"HourBegan\",\"hour\":1.5}",
  ])
  func `a line of read that is no whole event is refused and passed over`(_ line: String) throws {
    var input = EventInput(.eventsOrReadLines)
    input.add("\(line)\n\(CloudEventTests.event("\"stream\":\"s-1\""))\n".bytes)
    input.finish()
    let error = failure { () throws(LetheError) in _ = try input.next() }
    #expect(error?.code == .refused && input.failedLine == 1)
    let wasSkipped = input.skipFailure()
    #expect(wasSkipped)
    #expect(try input.next()?.line == 2)
    #expect(Self.error(line, .events)?.code == .input)
  }
}

extension String {
  /// How many pieces a separator makes of it.
  fileprivate func components(separatedBy separator: String) -> Int {
    split(separator: separator, omittingEmptySubsequences: false).count
  }
}
