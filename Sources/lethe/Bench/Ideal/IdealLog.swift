internal import CIdeal
internal import LetheSystem

/// An ideal log (see `ideal.h`): what one thread can seal, hash, write and sync, or read, check and open, without anything
/// that makes it a store.
///
/// The one place of the tool that holds a pointer, which has one owner. One thread at a time; calls block.
@safe final class IdealLog {
  private let log: OpaquePointer

  /// - Parameters:
  ///   - path: where nothing is yet.
  ///   - overhead: bytes that a record has beside its padded payload.
  init(_ path: String, subjects: Int, overhead: Int) throws(LetheError) {
    guard let log = unsafe lethe_ideal_open(path, subjects, max(0, overhead)) else { throw Self.failed("opened") }
    unsafe self.log = log
  }

  deinit { unsafe lethe_ideal_close(log) }

  /// Whether so many bytes can be written to what is filled with zeros and synced.
  func hasRoom(for byteCount: Int) -> Bool { unsafe lethe_ideal_has_room(log, byteCount) == 1 }

  /// Fills 64 MiB more with zeros, durably.
  func prepare() throws(LetheError) {
    guard unsafe lethe_ideal_prepare(log) == 0 else { throw Self.failed("prepared") }
  }

  /// Seals a payload into the next batch.
  func seal(subject: Int, paddedLength: Int) throws(LetheError) {
    guard unsafe lethe_ideal_seal(log, subject, paddedLength) == 0 else { throw Self.failed("sealed") }
  }

  /// Writes the batch; durable at return.
  func write() throws(LetheError) {
    guard unsafe lethe_ideal_write(log) == 0 else { throw Self.failed("written") }
  }

  /// Reads and opens the records of the next MiB: how many; none at the end, and from then on from the beginning.
  func read() throws(LetheError) -> Int {
    let count = unsafe lethe_ideal_read(log)
    guard count >= 0 else { throw Self.failed("read") }
    return Int(count)
  }

  private static func failed(_ what: String) -> LetheError {
    LetheError(.io, "the ideal log of the measurement could not be \(what); see to the disk and its free space")
  }
}
