public import LetheSystem

/// Events out of a file or a pipe, as its bytes come: NDJSON, one event a line, or one JSON array of events; the first
/// byte that is no space tells which.
///
/// Give it chunks by `add`, take events by `next` until there is none, and after the last chunk call `finish` and take
/// the rest. It holds at most one event and the chunks not yet taken from. Blank lines are skipped, lines may end with
/// CR LF. After an error it stays at that error; events before it have been given.
public struct EventInput: Sendable {
  /// An event and where it stood.
  public struct Item: Sendable {
    public let event: CloudEvent
    /// The line on which the event begins, from 1.
    public let line: Int
    /// Its place among the events, from 1.
    public let number: Int
  }

  private enum Form {
    case undecided, lines
    case array(ArrayState)
  }
  private enum ArrayState { case elementOrEnd, element, commaOrEnd, ended }

  private let byteLimit: Int
  private var form = Form.undecided
  private var buffer: [UInt8] = []
  /// Where the first byte lies that was not taken yet, and on which line and column of the input.
  private var start = 0
  private var line = 1
  private var column = 1
  /// How far the event that begins at `start` has been looked at.
  private var nesting = JSONNesting()
  private var scanned = 0
  private var number = 0
  private var isFinished = false
  private var failure: LetheError?

  public init() { self.init(byteLimit: CloudEvent.byteLimit) }

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// Bytes held at the moment.
  var heldByteCount: Int { buffer.count - start }

  /// Adds the next bytes of the input.
  public mutating func add(_ chunk: [UInt8]) {
    guard failure == nil else { return }
    if start > 0 {
      buffer.removeFirst(start)
      scanned -= start
      start = 0
    }
    buffer += chunk
  }

  /// Says that no more bytes will come.
  public mutating func finish() { isFinished = true }

  /// The next event, or nil if more bytes are needed or, after `finish`, nothing is left.
  ///
  /// - Throws: `input` with the line; it repeats nothing of the input.
  public mutating func next() throws(LetheError) -> Item? {
    if let failure { throw failure }
    do {
      if case .undecided = form { try decide() }
      switch form {
      case .undecided: return nil
      case .lines: return try nextLine()
      case .array(let state): return try nextElement(state)
      }
    } catch {
      failure = error
      buffer = []
      start = 0
      throw error
    }
  }

  private mutating func decide() throws(LetheError) {
    var at = start
    while at < buffer.count, buffer[at].isJSONSpace {
      if buffer[at] == UInt8(ascii: "\n") {
        guard lineByteCount(upTo: at) <= byteLimit else { throw tooLong() }
        start = at + 1
        line += 1
      }
      at += 1
    }
    guard at < buffer.count else {
      // One byte more than the limit may be the CR of a CR LF.
      guard isFinished ? lineByteCount(upTo: at) <= byteLimit : at - start <= byteLimit + 1 else { throw tooLong() }
      return
    }
    guard at - start <= byteLimit else { throw tooLong() }
    if buffer[at] == UInt8(ascii: "[") {
      form = .array(.elementOrEnd)
      column += at + 1 - start
      start = at + 1
    } else {
      form = .lines
    }
    scanned = start
  }

  /// Bytes of the line that begins at `start`, without the CR of a CR LF.
  private func lineByteCount(upTo end: Int) -> Int {
    end > start && buffer[end - 1] == UInt8(ascii: "\r") ? end - 1 - start : end - start
  }

  // MARK: NDJSON

  private mutating func nextLine() throws(LetheError) -> Item? {
    while start < buffer.count {
      let end = endOfLine()
      if end == nil && !isFinished {
        // One byte more than the limit may be the CR of a CR LF.
        guard heldByteCount <= byteLimit + 1 else { throw tooLong() }
        return nil
      }
      var content = buffer[start..<(end ?? buffer.count)]
      if content.last == UInt8(ascii: "\r") { content.removeLast() }
      guard content.count <= byteLimit else { throw tooLong() }
      let isBlank = content.allSatisfy(\.isJSONSpace)
      let item = isBlank ? nil : try item(Array(content))
      start = end.map { $0 + 1 } ?? buffer.count
      scanned = start
      line += 1
      if let item { return item }
    }
    return nil
  }

  private mutating func endOfLine() -> Int? {
    var at = scanned
    while at < buffer.count, buffer[at] != UInt8(ascii: "\n") { at += 1 }
    scanned = at
    return at < buffer.count ? at : nil
  }

  // MARK: A JSON array

  private mutating func nextElement(_ state: ArrayState) throws(LetheError) -> Item? {
    var state = state
    while true {
      if case .array(let current) = form { state = current }
      if scanned == start { skipSpace() }
      guard start < buffer.count else {
        guard isFinished, state != .ended else { return nil }
        throw fail("The array of events ends too early; give the whole array")
      }
      let byte = buffer[start]
      switch (state, byte) {
      case (.ended, _):
        throw fail("Something follows the array of events; remove it")
      case (.commaOrEnd, UInt8(ascii: ",")):
        take(1)
        form = .array(.element)
      case (.commaOrEnd, UInt8(ascii: "]")), (.elementOrEnd, UInt8(ascii: "]")):
        take(1)
        form = .array(.ended)
      case (.commaOrEnd, _):
        throw fail("A comma or ] is expected after an event; correct the array")
      case (.element, UInt8(ascii: "{")), (.elementOrEnd, UInt8(ascii: "{")):
        var nesting = self.nesting
        scanned = Self.end(of: &nesting, in: buffer, from: scanned)
        self.nesting = nesting
        guard scanned - start <= byteLimit else { throw tooLong() }
        guard nesting.isClosed else {
          guard isFinished else { return nil }
          throw fail("The array of events ends too early; give the whole array")
        }
        let item = try item(Array(buffer[start..<scanned]))
        take(scanned - start)
        self.nesting = JSONNesting()
        form = .array(.commaOrEnd)
        return item
      case (.element, _), (.elementOrEnd, _):
        throw fail("An element of the array is no JSON object; write one event for each")
      }
    }
  }

  private static func end(of nesting: inout JSONNesting, in bytes: [UInt8], from index: Int) -> Int {
    nesting.advance(over: bytes.span, from: index)
  }

  private mutating func skipSpace() {
    var count = 0
    while start + count < buffer.count, buffer[start + count].isJSONSpace { count += 1 }
    take(count)
  }

  private mutating func take(_ count: Int) {
    for at in start..<start + count {
      if buffer[at] == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if buffer[at] & 0xC0 != 0x80 {
        column += 1
      }
    }
    start += count
    scanned = start
  }

  // MARK: Both

  private mutating func item(_ text: [UInt8]) throws(LetheError) -> Item {
    number += 1
    do {
      return Item(event: try CloudEvent(checking: text), line: line, number: number)
    } catch {
      let place = TextPlace(of: error.offset, in: text).after(line: line, column: column)
      if case .array = form { throw LetheError(.input, error.sentence, place: "\(place), event \(number)") }
      throw LetheError(.input, error.sentence, place: place.description)
    }
  }

  private func tooLong() -> LetheError {
    fail("The event is longer than 16 MiB; keep large content elsewhere and refer to it")
  }

  private func fail(_ sentence: String) -> LetheError {
    LetheError(.input, sentence, place: TextPlace(line: line, column: column).description)
  }
}

extension CloudEvent {
  /// One event, or all of a JSON array of events.
  ///
  /// - Throws: `input` with line and column.
  public static func events(json: [UInt8]) throws(LetheError) -> [CloudEvent] {
    guard let first = json.first(where: { !$0.isJSONSpace }) else {
      throw LetheError(.input, "The input is empty; give an event")
    }
    guard first == UInt8(ascii: "[") else { return [try CloudEvent(json: json)] }
    var input = EventInput()
    input.add(json)
    input.finish()
    var events: [CloudEvent] = []
    while let item = try input.next() { events.append(item.event) }
    return events
  }
}

/// Finds where an object or array ends without checking what lies in it.
struct JSONNesting: Sendable {
  private var depth = 0
  private var isInString = false
  private var isEscape = false
  private(set) var isClosed = false

  /// Goes on from a byte; the answer is the first byte past the value, or the end of the text.
  mutating func advance(over text: Span<UInt8>, from index: Int) -> Int {
    var at = index
    while at < text.count && !isClosed {
      let byte = text[at]
      at += 1
      if isInString {
        if isEscape {
          isEscape = false
        } else if byte == UInt8(ascii: "\\") {
          isEscape = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isInString = true
      } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        depth += 1
      } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
        depth -= 1
        isClosed = depth == 0
      }
    }
    return at
  }
}

extension UInt8 {
  /// Space, tab, LF or CR (RFC 8259 section 2).
  var isJSONSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
