internal import LetheSystem
internal import Synchronization

@testable internal import lethe

/// Keeps what a command writes.
final class MemorySink: ByteSink {
  private let bytes = Mutex<[UInt8]>([])
  let columns: Int?
  /// Bytes after which the reader goes away.
  private let capacity: Int
  /// What every write throws; nil if all is taken.
  private let failure: LetheError?

  init(columns: Int? = nil, capacity: Int = .max, failing failure: LetheError? = nil) {
    self.columns = columns
    self.capacity = capacity
    self.failure = failure
  }

  /// Takes nothing, as a disk without space does (`/dev/full`).
  static var full: MemorySink {
    let message = "a stream: no space left on device; free some space on its disk and try again"
    return MemorySink(failing: LetheError(.io, message, cause: LetheError.Cause(function: "write", number: 28)))
  }

  func write(_ more: [UInt8]) throws(LetheError) -> ByteStream.Delivery {
    if let failure { throw failure }
    return bytes.withLock { bytes in
      bytes += more
      return bytes.count > capacity ? .readerGone : .delivered
    }
  }

  func watchReader(_ isGone: @escaping @Sendable () -> Void) {}

  var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
}

/// Gives an input in pieces of a size and calls a hook before each.
final class PiecewiseSource: ByteSource {
  private let rest: Mutex<[UInt8]>
  private let pieceByteCount: Int
  private let beforePiece: @Sendable (Int) -> Void
  private let pieces = Mutex(0)
  let byteCount: Int? = nil
  let isReady: Bool

  init(
    _ text: String, pieceByteCount: Int, isReady: Bool = true, beforePiece: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    rest = Mutex(Array(text.utf8))
    self.pieceByteCount = pieceByteCount
    self.isReady = isReady
    self.beforePiece = beforePiece
  }

  func read(upTo count: Int, unless isInterrupted: () -> Bool) -> [UInt8] {
    beforePiece(
      pieces.withLock { pieces in
        defer { pieces += 1 }
        return pieces
      })
    guard !isInterrupted() else { return [] }
    return rest.withLock { rest in
      let piece = Array(rest.prefix(min(count, pieceByteCount)))
      rest.removeFirst(piece.count)
      return piece
    }
  }
}
