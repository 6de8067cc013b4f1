internal import LetheSystem
internal import Synchronization

/// Bytes in memory as a command's input.
final class HeldBytes: ByteSource {
  private let rest: Mutex<ArraySlice<UInt8>>
  let byteCount: Int?
  let isReady = true

  init(_ bytes: [UInt8]) {
    rest = Mutex(bytes[...])
    byteCount = bytes.count
  }

  func read(upTo count: Int, unless isInterrupted: () -> Bool) -> [UInt8] {
    guard !isInterrupted() else { return [] }
    return rest.withLock { rest in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }
}
