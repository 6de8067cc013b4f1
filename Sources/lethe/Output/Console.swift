internal import LetheSystem
internal import Synchronization

/// Where bytes go: a descriptor, or memory in tests.
protocol ByteSink: Sendable {
  func write(_ bytes: [UInt8]) throws(LetheError) -> ByteStream.Delivery
  /// The terminal's width in characters; nil if nobody watches.
  var columns: Int? { get }
  /// Has it told, on another thread, when nobody reads any more; never, where that cannot be known.
  func watchReader(_ isGone: @escaping @Sendable () -> Void) throws(LetheError)
}

/// Where bytes come from.
protocol ByteSource: Sendable {
  /// The next bytes; none at the end or when interrupted.
  func read(upTo count: Int, unless isInterrupted: () -> Bool) throws(LetheError) -> [UInt8]
  /// Whether a read would be answered at once.
  var isReady: Bool { get }
  /// The length of all there is, if it is known.
  var byteCount: Int? { get }
}

extension ByteStream: ByteSink, ByteSource {}

/// The three streams of a command: results go to the output, everything else to the errors.
final class Console: Sendable {
  let input: any ByteSource
  private let output: any ByteSink
  private let errors: any ByteSink
  private let state = Mutex(State())

  private struct State {
    var held: [UInt8] = []
    var isReaderGone = false
    /// Why the output took something no more; it gets nothing after that, since a part is missing.
    var failure: LetheError?
    /// Whether the terminal's last line is drawn over.
    var hasDrawing = false
  }

  /// Output is held back up to this many bytes.
  private static let capacity = 1 << 16

  init(input: any ByteSource, output: any ByteSink, errors: any ByteSink) {
    self.input = input
    self.output = output
    self.errors = errors
  }

  /// Whether whoever read the output has closed it; then there is nobody to work for.
  var isReaderGone: Bool { state.withLock { $0.isReaderGone } }

  /// The width of the terminal that shows the errors; nil if there is none.
  var errorColumns: Int? { errors.columns }

  /// Has it told, on another thread, when the output's reader goes.
  func watchReader(_ isGone: @escaping @Sendable () -> Void) throws(LetheError) { try output.watchReader(isGone) }

  /// A line of the result.
  func print(_ line: [UInt8]) throws(LetheError) {
    let isFull = state.withLock { state in
      if !state.isReaderGone, state.failure == nil {
        state.held += line
        state.held.append(UInt8(ascii: "\n"))
      }
      return state.held.count >= Self.capacity
    }
    if isFull { try flush() }
  }

  func print(_ line: String) throws(LetheError) { try print(Array(line.utf8)) }

  /// Writes what is held back.
  ///
  /// - Throws: `io` if the output did not take it, or anything before.
  func flush() throws(LetheError) {
    let (bytes, failure) = state.withLock { state in
      defer { state.held = [] }
      return (state.held, state.failure)
    }
    if let failure { throw failure }
    guard !bytes.isEmpty else { return }
    do throws(LetheError) {
      if try output.write(bytes) == .readerGone { state.withLock { $0.isReaderGone = true } }
    } catch {
      state.withLock { $0.failure = error }
      throw error
    }
  }

  /// Writes a line for people, after all results so far.
  ///
  /// A note that cannot be written is lost: the command works for its result, not for what is said beside it. An output
  /// that does not take the results is for the next `flush` to report.
  func note(_ line: String) {
    try? flush()
    let start = state.withLock { state in
      defer { state.hasDrawing = false }
      return state.hasDrawing ? Self.lineStart : ""
    }
    _ = try? errors.write(Array("\(start)\(line)\n".utf8))
  }

  /// Writes over the terminal's last line; what comes next goes over it again. What cannot be drawn is lost, as a note is.
  func draw(_ text: String) {
    state.withLock { $0.hasDrawing = !text.isEmpty }
    _ = try? errors.write(Array("\(Self.lineStart)\(text)".utf8))
  }

  /// Carriage return, and erase to the end of the line (ECMA-48 EL).
  private static let lineStart = "\r\u{1B}[K"
}
