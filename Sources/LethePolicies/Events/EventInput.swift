public import LetheSystem

/// Events out of a file or a pipe, as its bytes come: NDJSON, one event a line, or one JSON array of events; the first
/// byte that is no space tells which.
///
/// Give it chunks by `add`, take events by `next` until there is none, and after the last chunk call `finish` and take
/// the rest. It holds at most one event and the chunks not yet taken from. Blank lines are skipped, lines may end with
/// CR LF. After an error it stays at that error; events before it have been given. `skipFailure` goes on behind it.
public struct EventInput: Sendable {
  /// An event and where it stood.
  public struct Item: Sendable {
    public let event: CloudEvent
    /// The line on which the event begins, from 1.
    public let line: Int
    /// Its place among the events, from 1.
    public let number: Int
  }

  /// What may be given.
  public enum Lines: Sendable {
    case events
    /// Events, and lines of `read`, which are taken back without what the store added to them. Lines that are no whole
    /// event are `refused`.
    case eventsOrReadLines
  }

  private struct Failure {
    let error: LetheError
    let line: Int
    let resumption: Resumption
  }

  /// Where an input goes on behind what could not be parsed.
  enum Resumption {
    case nowhere
    /// At a byte of the buffer, with the next line.
    case line(Int)
    /// With the line after the one whose end has not come yet.
    case lineToCome
    /// At a byte of the buffer, behind an element of the array.
    case element(Int)
  }

  enum Form {
    case undecided, lines
    case array(ArrayState)
  }
  enum ArrayState { case elementOrEnd, element, commaOrEnd, ended }

  private let lines: Lines
  let byteLimit: Int
  var form = Form.undecided
  var buffer: [UInt8] = []
  /// Where the first byte lies that was not taken yet, and on which line and column of the input.
  var start = 0
  var line = 1
  var column = 1
  /// How far the event that begins at `start` has been looked at.
  var nesting = JSONNesting()
  var scanned = 0
  var number = 0
  var isFinished = false
  private var isKindKnown = false
  /// Whether the rest of a line is to be passed over.
  var isDiscarding = false
  var resumption = Resumption.nowhere
  private var failure: Failure?

  public init(_ lines: Lines = .events) { self.init(lines, byteLimit: CloudEvent.byteLimit) }

  init(_ lines: Lines = .events, byteLimit: Int) {
    self.lines = lines
    self.byteLimit = byteLimit
  }

  /// Whether nothing was given but blank lines.
  public var isEmpty: Bool {
    if case .undecided = form { failure == nil } else { false }
  }

  /// The line of the error that it stays at.
  public var failedLine: Int? { failure?.line }

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
  /// - Throws: `input` with the line; it repeats nothing of the input. `refused` with the line for a line of `read` that is
  ///   no event, where those are taken.
  public mutating func next() throws(LetheError) -> Item? {
    if let failure { throw failure.error }
    resumption = .nowhere
    do {
      if !isKindKnown { try checkKind() }
      if case .undecided = form, isKindKnown { try decide() }
      switch form {
      case .undecided: return nil
      case .lines: return try nextLine()
      case .array(let state): return try nextElement(state)
      }
    } catch {
      failure = Failure(error: error, line: line, resumption: resumption)
      if case .nowhere = resumption {
        buffer = []
        start = 0
      }
      throw error
    }
  }

  /// Goes on behind the line or element that could not be parsed.
  ///
  /// - Returns: false if nobody can tell where that would be; then it stays at its error.
  public mutating func skipFailure() -> Bool {
    switch failure?.resumption {
    case nil, .nowhere: return false
    case .line(let next): passLine(to: next)
    case .lineToCome: isDiscarding = true
    case .element(let next): passElement(to: next)
    }
    failure = nil
    return true
  }

  /// Looks at the first bytes, as many as tell JSON from what else is given.
  private mutating func checkKind() throws(LetheError) {
    guard isFinished || heldByteCount >= 6 else { return }
    isKindKnown = true
    if let sentence = InputKind.sentence(ofBytes: buffer[start...].prefix(InputKind.headByteCount)) {
      throw fail(sentence)
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

  // MARK: Events and errors

  mutating func item(_ text: [UInt8], followedBy rest: ArraySlice<UInt8>) throws(LetheError) -> Item {
    number += 1
    let origin: EventAttributes.Origin = lines == .events ? .sender : .senderOrReader
    do {
      return Item(event: try CloudEvent(checking: text, as: origin), line: line, number: number)
    } catch {
      let place = TextPlace(of: error.offset, in: text).after(line: line, column: column)
      if case .array = form { throw LetheError(error.code, error.sentence, place: "\(place), event \(number)") }
      if number == 1, error.kind != .refused,
        let sentence = InputKind.sentence(ofLine: text[...], cut: error.kind == .cut, followedBy: rest)
      {
        resumption = .nowhere
        throw fail(sentence)
      }
      throw LetheError(error.code, error.sentence, place: place.description)
    }
  }

  func tooLong() -> LetheError {
    fail("The event is longer than 16 MiB; keep large content elsewhere and refer to it")
  }

  func fail(_ sentence: String) -> LetheError {
    LetheError(.input, sentence, place: TextPlace(line: line, column: column).description)
  }
}
