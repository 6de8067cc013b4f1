import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

@Suite struct FileLogDamageTests {
  private static let masks: [UInt8] = [0x01, 0x80, 0xff]

  private static func expectRefused(_ error: LetheError, _ comment: Comment) {
    #expect([.damage, .rolledBack, .format].contains(error.code), comment)
  }

  @Test func `a flipped byte in the segment of a closed log is always refused`() throws {
    let whole = try makeFiles(makeGroups([[1], [2, 1], [1, 2]]))
    let size = try #require(whole.content(of: segmentPath)).count
    for (index, mask) in (0..<size).flatMap({ index in Self.masks.map { (index, $0) } }) {
      let files = whole.crash(.all)
      files.damage(segmentPath) { $0[index] ^= mask }
      let before = files.content(of: leavesPath)
      do throws(LetheError) {
        _ = try openLog(files)
        Issue.record("byte \(index) ^ \(mask) was not seen")
      } catch {
        Self.expectRefused(error, "byte \(index) ^ \(mask): \(error)")
        #expect(index < 64 || error.code == .damage)
      }
      #expect(files.content(of: leavesPath) == before)
    }
  }

  @Test func `a flipped byte where the last group has no leaf entries gives a refusal or a cut, never a wrong record`()
    throws
  {
    let groups = try makeGroups([[1], [2, 1], [1, 2]])
    let records = groups.flatMap { $0 }
    let whole = try makeFiles(groups)
    let checkpoint = try openLog(whole).checkpoint()
    let lastGroup = try #require(makeFiles(Array(groups.dropLast())).content(of: segmentPath)).count
    let size = try #require(whole.content(of: segmentPath)).count
    // Leaf entries of all groups but the last; of none.
    for leafCount in [4, 0] {
      for (index, mask) in (0..<size).flatMap({ index in Self.masks.map { (index, $0) } }) {
        let files = whole.crash(.all)
        files.damage(leavesPath) { $0.removeLast(32 * (7 - leafCount)) }
        files.damage(segmentPath) { $0[index] ^= mask }
        let copy = files.crash(.all)
        do throws(LetheError) {
          let log = try openLog(files)
          #expect(index >= lastGroup && log.count < 7, "byte \(index) ^ \(mask)")
          let read: [Record]
          do { read = try log.allRecords() } catch { throw LetheError(.held, "\(error)") }
          #expect(records.starts(with: read), "byte \(index) ^ \(mask)")
        } catch { Self.expectRefused(error, "byte \(index) ^ \(mask): \(error)") }
        #expect(throws: LetheError.self, "byte \(index) ^ \(mask)") { try openLog(copy, atLeast: checkpoint) }
      }
    }
  }

  @Test func `a flipped byte in the leaf entries is refused or mended from the last group`() throws {
    let groups = try makeGroups([[1], [2, 1], [1, 2]])
    let whole = try makeFiles(groups)
    let leaves = try #require(whole.content(of: leavesPath))
    for (index, mask) in leaves.indices.flatMap({ index in Self.masks.map { (index, $0) } }) {
      let files = whole.crash(.all)
      files.damage(leavesPath) { $0[index] ^= mask }
      let position = (index - 64) / 32
      do throws(LetheError) {
        let log = try openLog(files)
        #expect(position >= 4 && log.recovery.leavesRewritten > 0, "byte \(index) ^ \(mask)")
        #expect(files.content(of: leavesPath) == leaves)
      } catch {
        Self.expectRefused(error, "byte \(index) ^ \(mask): \(error)")
        #expect(index < 64 || error.place?.contains("position \(position)") == true)
      }
    }
  }

  @Test func `damage names position and byte`() throws {
    let groups = try makeGroups([[1], [2, 1], [1, 2]])
    let files = try makeFiles(groups)
    let offset = try #require(makeFiles([groups[0]]).content(of: segmentPath)).count
    files.damage(segmentPath) { $0[offset + 30] ^= 1 }
    do throws(LetheError) {
      _ = try openLog(files)
      Issue.record("not seen")
    } catch {
      #expect(error.code == .damage)
      #expect(error.place == "\(FileLog.segmentName), position 1, byte \(offset)")
    }
  }

  @Test func `bytes that change while the log is open are seen when they are read`() throws {
    let groups = try makeGroups([[1], [2, 1], [1, 2]])
    let records = groups.flatMap { $0 }
    let files = try makeFiles(groups)
    let log = try openLog(files)
    let segment = try #require(files.content(of: segmentPath))
    let leaves = try #require(files.content(of: leavesPath))
    for index in 64..<segment.count {
      files.damage(segmentPath) { $0[index] ^= 0x10 }
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
      files.damage(segmentPath) { $0 = segment }
    }
    for position in records.indices {
      files.damage(leavesPath) { $0[64 + 32 * position] ^= 1 }
      #expect(throws: LetheError(.damage, "")) { try log.record(at: UInt64(position)) }
      #expect(throws: LetheError(.damage, "")) { try log.allRecords() }
      files.damage(leavesPath) { $0 = leaves }
    }
    #expect(try log.allRecords() == records)
  }

  @Test func `a broken frame is damage if a frame of a later group lies behind it`() throws {
    let groups = try makeGroups([[2], [3], [2]])
    let starts = try (0..<3).map { try #require(makeFiles(Array(groups[..<$0])).content(of: segmentPath)).count }
    for leafCount in [0, 2, 5] {
      let files = try makeFiles(groups)
      files.damage(leavesPath) { $0.removeLast(32 * (7 - leafCount)) }
      files.damage(segmentPath) { bytes in
        for index in starts[1]..<starts[1] + 10 { bytes[index] = 0 }
      }
      #expect(throws: LetheError(.damage, ""), "\(leafCount) leaf entries") { try openLog(files) }
    }
  }

  /// The first record of an unacknowledged group is lost, others of the same write are there.
  @Test func `a last group that lost its beginning is cut`() throws {
    let groups = try makeGroups([[2], [3], [1, 2]])
    let files = try makeFiles(groups)
    let start = try #require(makeFiles(Array(groups.dropLast())).content(of: segmentPath)).count
    files.damage(leavesPath) { $0.removeLast(32 * 3) }
    files.damage(segmentPath) { bytes in
      for index in start..<start + 40 { bytes[index] = 0 }
    }
    #expect(try openLog(files).allRecords() == groups[0] + groups[1])
  }

  @Test(arguments: [[1, 1, 3], [1, 2, 1], [0, 1, 2], [2, 3, 4], [1, .max, 2]] as [[UInt64]])
  func `groups that skip or go back are damage`(numbers: [UInt64]) throws {
    let files = try makeFiles([])
    var bytes: [UInt8] = []
    for (place, number) in numbers.enumerated() {
      Frame.append(try makeRecord(seed: UInt64(place)).bytes, group: number, to: &bytes)
    }
    files.damage(segmentPath) { $0 += bytes }
    #expect(throws: LetheError(.damage, "")) { try openLog(files) }
  }

  @Test func `a group that begins within a batch is damage`() throws {
    let files = try makeFiles([])
    var bytes: [UInt8] = []
    Frame.append(try makeRecord(seed: 1, endsBatch: false).bytes, group: 1, to: &bytes)
    Frame.append(try makeRecord(seed: 2).bytes, group: 2, to: &bytes)
    files.damage(segmentPath) { $0 += bytes }
    #expect(throws: LetheError(.damage, "")) { try openLog(files) }
  }

  @Test func `a frame has these bytes`() throws {
    let record = try Record(
      header: RecordHeader(flags: [.system, .lastOfBatch], streamID: .system, revision: 7, parts: []),
      sealedParts: [], clearBody: [0xab])
    var bytes: [UInt8] = []
    Frame.append(record.bytes, group: 0x0203, to: &bytes)
    let tail = "0302000000000000" + "01030000" + String(repeating: "00", count: 16) + "0700000000000000" + "ab"
    // The checksum was made by a bitwise implementation.
    #expect(bytes.hex == "1d000000" + "4b871eeb" + tail)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `random bytes behind the head are refused or cut, and never crash`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let groups = try makeGroups([[2], [1]])
    let whole = try makeFiles(groups)
    for _ in 0..<20 {
      let files = whole.crash(.all)
      let noise = generator.bytes(Int(generator.next() % 300))
      files.damage(segmentPath) { $0 += noise }
      let log = try openLog(files)
      #expect(try log.allRecords() == groups.flatMap { $0 } && log.recovery.bytesCut == noise.count)
      let other = try makeFiles([])
      other.damage(segmentPath) { $0 += noise }
      #expect(try openLog(other).count == 0)
    }
  }
}
