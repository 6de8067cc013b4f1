import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

/// Bytes of segments are changed, by a bad disk or by somebody.
@Suite struct SegmentDamageTests {
  private static let masks: [UInt8] = [0x01, 0x80, 0xff]

  private static func expectRefused(_ error: LetheError, _ comment: Comment) {
    #expect([.damage, .rolledBack, .format].contains(error.code), comment)
  }

  /// Every byte of a file, and the ways in which it is changed.
  private static func flips(_ range: Range<Int>) -> [(index: Int, mask: UInt8)] {
    range.flatMap { index in masks.map { (index, $0) } }
  }

  @Test func `a flipped byte in the open segment is refused, or cuts the last group where no checkpoint covers it`()
    throws
  {
    let groups = try makeGroups([[1], [2, 1], [1, 2]])
    let records = groups.flatMap { $0 }
    let whole = try makeFiles(groups)
    let checkpoint = try openLog(whole).checkpoint()
    let lastGroup = frameEnd(groups.dropLast())
    for (index, mask) in Self.flips(0..<frameEnd(groups)) {
      let files = whole.crash(.all)
      files.damage(segmentPath()) { $0[index] ^= mask }
      let copy = files.crash(.all)
      do throws(LetheError) {
        let log = try openLog(files)
        #expect(index >= lastGroup && log.count < 7, "byte \(index) ^ \(mask)")
        let read: [Record]
        do { read = try log.allRecords() } catch { throw LetheError(.held, "\(error)") }
        #expect(records.starts(with: read), "byte \(index) ^ \(mask)")
      } catch {
        Self.expectRefused(error, "byte \(index) ^ \(mask): \(error)")
        #expect(index < 64 || error.code == .damage)
      }
      let before = try copy.logContent()
      do throws(LetheError) {
        _ = try openLog(copy, atLeast: checkpoint)
        Issue.record("byte \(index) ^ \(mask) was not seen")
      } catch { Self.expectRefused(error, "byte \(index) ^ \(mask): \(error)") }
      #expect(try copy.logContent() == before)
    }
  }

  @Test func `a byte behind the last frame that is not zero is cut off`() throws {
    let groups = try makeGroups([[1], [2]])
    let whole = try makeFiles(groups)
    let content = try #require(whole.content(of: segmentPath()))
    let end = frameEnd(groups)
    for index in end..<content.count {
      let files = whole.crash(.all)
      files.damage(segmentPath()) { $0[index] ^= 0x40 }
      let log = try openLog(files, atLeast: openLog(whole).checkpoint())
      #expect(try log.allRecords() == groups.flatMap { $0 })
      #expect(files.content(of: segmentPath()) == Array(content[..<end]))
    }
  }

  @Test func `a flipped byte in a sealed segment is never read as a record`() throws {
    let groups = try makeGroups([[6], [6], [6], [6]], partsEvery: 4)
    let records = groups.flatMap { $0 }
    let options = LogOptions.small(2048)
    let whole = try makeFiles(groups, options: options)
    let starts = try whole.segmentStarts()
    #expect(starts.count >= 3)
    let end = frameEnd(groups[..<(Int(starts[1]) / 6)])
    for (place, (index, mask)) in Self.flips(0..<end).enumerated() {
      let files = whole.crash(.all)
      files.damage(segmentPath()) { $0[index] ^= mask }
      // Its head is read when the log is opened, the rest when it is asked for; without its index all of it is.
      if place % 2 == 1 { try files.remove(indexPath()) }
      do throws(LetheError) {
        let log = try openLog(files, options: options)
        #expect(index >= 64 && place % 2 == 0, "byte \(index) ^ \(mask)")
        var refused = 0
        for (position, record) in records.enumerated() {
          do throws(LetheError) {
            let read = try log.record(at: UInt64(position))
            #expect(read == record)
          } catch {
            Self.expectRefused(error, "byte \(index) ^ \(mask): \(error)")
            #expect(error.place?.contains("position \(position)") == true)
            refused += 1
          }
        }
        #expect(refused == 1, "byte \(index) ^ \(mask)")
        #expect(throws: LetheError.self) { try log.allRecords() }
      } catch { Self.expectRefused(error, "byte \(index) ^ \(mask): \(error)") }
    }
  }

  @Test func `damage names position and byte`() throws {
    let groups = try makeGroups([[1], [2, 1], [1, 2]])
    let files = try makeFiles(groups)
    let offset = frameEnd(groups[..<1])
    files.damage(segmentPath()) { $0[offset + 30] ^= 1 }
    do throws(LetheError) {
      _ = try openLog(files)
      Issue.record("not seen")
    } catch {
      #expect(error.code == .damage)
      #expect(error.place == "\(LogLayout.segment(0)), position 1, byte \(offset)")
    }
  }

  @Test func `bytes that change while the log is open are seen when they are read`() throws {
    let groups = try makeGroups([[1], [2, 1], [1, 2]])
    let records = groups.flatMap { $0 }
    let files = try makeFiles(groups)
    let log = try openLog(files)
    let segment = try #require(files.content(of: segmentPath()))
    for index in 64..<frameEnd(groups) {
      files.damage(segmentPath()) { $0[index] ^= 0x10 }
      var wrong = 0
      for (position, record) in records.enumerated() {
        do throws(LetheError) {
          let read = try log.record(at: UInt64(position))
          #expect(read == record)
        } catch {
          Self.expectRefused(error, "byte \(index)")
          wrong += 1
        }
      }
      #expect(wrong == 1, "byte \(index)")
      #expect(throws: LetheError.self) { try log.allRecords() }
      files.damage(segmentPath()) { $0 = segment }
    }
    #expect(try log.allRecords() == records)
  }

  @Test func `a broken frame is damage if a frame of a later group lies behind it`() throws {
    let groups = try makeGroups([[2], [3], [2]])
    let start = frameEnd(groups[..<1])
    for count in [1, 10, 40] {
      let files = try makeFiles(groups)
      files.damage(segmentPath()) { bytes in
        for index in start..<start + count { bytes[index] = 0 }
      }
      #expect(throws: LetheError(.damage, "")) { try openLog(files) }
    }
  }

  /// A system fact without anything in it, whose own last bytes are zeros.
  @Test func `a later group is found though its last frame ends in zeros`() throws {
    let groups = try makeGroups([[2], [3]])
    let short = try Record(
      header: RecordHeader(flags: [.system, .lastOfBatch], streamID: .system, revision: 5, parts: []), sealedParts: [],
      clearBody: [])
    let files = try makeFiles(groups + [[short]])
    files.damage(segmentPath()) { $0[frameEnd(groups[..<1]) + 20] ^= 1 }
    #expect(throws: LetheError(.damage, "")) { try openLog(files) }
  }

  @Test(arguments: [[1, 1, 3], [0, 1, 1, 2], [0, 2, 3], [2, 3, 4], [0, .max, 2]] as [[UInt64]])
  func `groups that skip or go back are damage under a checkpoint, and cut where seals are asked`(
    groups: [UInt64]
  ) throws {
    let files = try makeFiles([])
    let frames = try groups.enumerated().map { (try makeRecord(seed: UInt64($0)).bytes, $1) }
    files.replaceTail(of: segmentPath(), from: 64, frames: frames)
    #expect(throws: LetheError(.damage, "")) { try openLog(files, access: .read, believing: .upTo(3)) }
    #expect(try openLog(files).count == 0)
  }

  @Test func `a group that begins within a batch is damage under a checkpoint, and cut where seals are asked`() throws {
    let files = try makeFiles([])
    files.replaceTail(
      of: segmentPath(), from: 64,
      frames: [(try makeRecord(seed: 1, endsBatch: false).bytes, 0), (try makeRecord(seed: 2).bytes, 1)])
    #expect(throws: LetheError(.damage, "")) { try openLog(files, access: .read, believing: .upTo(3)) }
    #expect(try openLog(files).count == 0)
  }
}
