import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

/// Somebody who can write the files changes a record and makes its frame whole again.
@Suite struct ForgeryTests {
  private static let options = LogOptions.small(20480)
  private let records: [Record]
  private let whole: MemoryFileSystem
  private let starts: [UInt64]

  init() throws {
    let groups = try makeGroups(Array(repeating: [4, 6], count: 60), partsEvery: 1000)
    records = groups.flatMap { $0 }
    whole = try makeFiles(groups, options: Self.options)
    starts = try whole.segmentStarts()
    try #require(starts.count == 3 && starts[1] > 200 && starts[2] < 512)
  }

  /// The files after the record at a position was changed.
  private func forged(at position: UInt64) throws -> MemoryFileSystem {
    let files = whole.crash(.all)
    let first = try #require(starts.last { $0 <= position })
    let offset =
      64 + frameByteCount(records[Int(first)..<Int(position)]) + Int(position - first) / 10 * SealFrame.frameByteCount
    _ = try files.forge(segmentPath(first), frameAt: offset, records[Int(position)])
    return files
  }

  private func refusal(_ files: MemoryFileSystem, atLeast checkpoint: Checkpoint? = nil) -> LetheError? {
    do throws(LetheError) {
      _ = try openLog(files, atLeast: checkpoint, options: Self.options)
      return nil
    } catch { return error }
  }

  @Test func `a record of a sealed segment is not read if it was changed`() throws {
    for position in [0, 2, starts[1] - 1, starts[1], starts[2] - 1] {
      let checkpoint = try openLog(whole, access: .read, options: Self.options).checkpoint()
      let log = try openLog(forged(at: position), atLeast: checkpoint, options: Self.options)
      do throws(LetheError) {
        _ = try log.record(at: position)
        Issue.record("position \(position) was not seen")
      } catch { #expect(error.code == .damage && error.place?.contains("position \(position),") == true) }
    }
  }

  @Test func `where an index or the tiles are missing, later indexes tell`() throws {
    let changes: [(MemoryFileSystem) throws -> Void] = [
      { try $0.remove(indexPath()) },
      { try FileLog.removeTiles(in: logDirectory, fileSystem: $0) },
      {
        try $0.remove(indexPath())
        try FileLog.removeTiles(in: logDirectory, fileSystem: $0)
      },
    ]
    for change in changes {
      for position in [0, 2, starts[1] - 1] {
        let files = try forged(at: position)
        try change(files)
        let checkpoint = try openLog(whole, access: .read, options: Self.options).checkpoint()
        #expect(refusal(files, atLeast: checkpoint)?.code == .damage)
      }
    }
  }

  @Test func `where nothing else tells, a checkpoint does`() throws {
    let checkpoint = try openLog(whole, access: .read).checkpoint()
    for position in [0, starts[1], starts[2], UInt64(records.count) - 1] {
      let files = try forged(at: position)
      for start in starts { try files.remove(indexPath(start)) }
      // A seal tells too, but not what was changed.
      #expect(refusal(files.crash(.all))?.code == (position < UInt64(records.count) - 10 ? .damage : nil))
      let error = refusal(files, atLeast: checkpoint)
      #expect(error?.code == .damage)
      // Full bundles tell which record it is.
      if position < 512 {
        #expect(error?.place?.contains("position \(position),") == true, "\(error?.place ?? "") \(position)")
      }
    }
  }
}
