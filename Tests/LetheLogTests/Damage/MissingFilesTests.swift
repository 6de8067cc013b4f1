import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

/// Files of the log are lost, cut, or put in each other's place.
@Suite struct MissingFilesTests {
  private static let options = LogOptions.small(2048)
  private let groups: [[Record]]
  private let whole: MemoryFileSystem
  private let starts: [UInt64]

  init() throws {
    groups = try makeGroups(Array(repeating: [6], count: 8), partsEvery: 4)
    whole = try makeFiles(groups, options: Self.options)
    starts = try whole.segmentStarts()
    try #require(starts.count >= 4)
  }

  /// What the opening says after a change of the files, with and without a checkpoint of all; it must change nothing.
  private func refusal(
    _ change: (MemoryFileSystem) throws -> Void
  ) throws -> (plain: LetheError.Code?, withCheckpoint: LetheError.Code?) {
    let checkpoint = try openLog(whole, access: .read, options: Self.options).checkpoint()
    func code(_ checkpoint: Checkpoint?) throws -> LetheError.Code? {
      let files = whole.crash(.all)
      try change(files)
      let before = try files.logContent()
      do throws(LetheError) {
        _ = try openLog(files, atLeast: checkpoint, options: Self.options)
        return nil
      } catch {
        let after = try? files.logContent()
        #expect(after == before)
        #expect(error.place != nil)
        return error.code
      }
    }
    return (try code(nil), try code(checkpoint))
  }

  @Test func `a segment that was removed is missed`() throws {
    for (place, start) in starts.enumerated() {
      let isLast = place == starts.count - 1
      let codes = try refusal { try $0.remove(segmentPath(start)) }
      #expect([.damage, .rolledBack].contains(codes.plain) && [.damage, .rolledBack].contains(codes.withCheckpoint))
      // Together with its index.
      let both = try refusal {
        try $0.remove(segmentPath(start))
        try $0.remove(indexPath(start))
      }
      #expect(both == (isLast ? (.rolledBack, .rolledBack) : (.damage, .damage)), "segment \(start)")
    }
  }

  /// No index tells of them then.
  @Test func `the last segments that were removed with all that tells of them are missed by a checkpoint`() throws {
    let codes = try refusal { files in
      for start in starts.suffix(2) { try files.remove(segmentPath(start)) }
      for start in starts { try files.remove(indexPath(start)) }
    }
    #expect(codes == (nil, .rolledBack))
  }

  @Test func `segments in each other's place, or under another name, are damage`() throws {
    for (left, right) in [(0, 1), (1, 2), (2, starts.count - 1)] {
      let codes = try refusal { files in
        let bytes = [left, right].map { files.content(of: segmentPath(starts[$0]))! }
        files.damage(segmentPath(starts[left])) { $0 = bytes[1] }
        files.damage(segmentPath(starts[right])) { $0 = bytes[0] }
      }
      #expect(codes == (.damage, .damage), "\(left) and \(right)")
    }
    for start in starts {
      let codes = try refusal { try $0.rename(segmentPath(start), to: segmentPath(start + 1)) }
      #expect([.damage, .rolledBack].contains(codes.plain), "segment \(start)")
    }
  }

  @Test func `a sealed segment that was cut is damage`() throws {
    for start in starts.dropLast() {
      for hasIndex in [true, false] {
        let codes = try refusal { files in
          let end = files.content(of: segmentPath(start))!.count
          files.damage(segmentPath(start)) { $0.removeLast(end - 300) }
          if !hasIndex { try files.remove(indexPath(start)) }
        }
        #expect(codes == (.damage, .damage), "segment \(start)")
      }
    }
  }

  @Test func `an index that was removed, or is another's, is made again`() throws {
    for start in starts.dropLast() {
      for isAnothers in [true, false] {
        let files = whole.crash(.all)
        if isAnothers {
          files.damage(indexPath(start)) { $0 = whole.content(of: indexPath(start == 0 ? starts[1] : 0))! }
        } else {
          try files.remove(indexPath(start))
        }
        let log = try openLog(files, options: Self.options)
        try log.finish()
        #expect(log.recovery.isEmpty)
        #expect(try log.allRecords() == groups.flatMap { $0 })
        #expect(files.content(of: indexPath(start)) == whole.content(of: indexPath(start)))
      }
    }
  }

  /// The spare, and what was half made of anything, are no part of the log.
  @Test func `left-over files of a crash do no harm`() throws {
    let files = whole.crash(.all)
    for name in ["spare.segment", "spare.new", LogLayout.index(0) + ".new", "12.segment", "x.index"] {
      try files.open("\(logDirectory)/\(name)", .create).write([1, 2, 3], at: 0)
    }
    let log = try openLog(files, options: Self.options)
    #expect(try log.allRecords() == groups.flatMap { $0 })
    for group in groups { _ = try log.append(group) }
    try log.finish()
    #expect(try openLog(files, options: Self.options).allRecords() == (groups + groups).flatMap { $0 })
  }
}
