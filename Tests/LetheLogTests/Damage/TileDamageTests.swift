import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

/// Tiles and bundles are damaged or lost: all that they hold can be made again from the segments.
@Suite struct TileDamageTests {
  private static let options = LogOptions.small(16384)
  private let groups: [[Record]]
  private let whole: MemoryFileSystem

  init() throws {
    groups = try makeGroups(Array(repeating: [4, 6], count: 60), partsEvery: 1000)
    whole = try makeFiles(groups, options: Self.options)
    #expect(try whole.segmentStarts().count >= 3)
  }

  private var records: [Record] { groups.flatMap { $0 } }
  private static let names = (0..<2).flatMap { [LogLayout.entries($0), LogLayout.tile(level: 0, $0)] }

  @Test func `tiles that were removed are made again at the next opening`() throws {
    let before = try whole.logContent()
    #expect(before.keys.filter { $0.hasPrefix("tile/") }.sorted() == Self.names.sorted())
    for lost in Self.names.map({ [$0] }) + [Self.names] {
      let files = whole.crash(.all)
      for name in lost { try files.remove("\(logDirectory)/\(name)") }
      let log = try openLog(files, atLeast: openLog(whole, access: .read).checkpoint(), options: Self.options)
      try log.finish()
      #expect(try log.allRecords() == records)
      let after = try files.logContent().filter { $0.key.hasPrefix("tile/") }
      #expect(after == before.filter { $0.key.hasPrefix("tile/") }, "\(lost)")
    }
    let files = whole.crash(.all)
    try FileLog.removeTiles(in: logDirectory, fileSystem: files)
    #expect(!files.exists("\(logDirectory)/tile"))
    let log = try openLog(files, options: Self.options)
    try log.finish()
    #expect(try files.logContent().keys.filter { $0.hasPrefix("tile/") }.sorted() == Self.names.sorted())
  }

  /// No crash cuts one that an index stands behind, since all was synced before that.
  @Test func `tiles that were cut are made again, or named and made again once they are removed`() throws {
    for name in Self.names {
      for count in [0, 1, 4000] {
        let files = whole.crash(.all)
        files.damage("\(logDirectory)/\(name)") { $0 = Array($0.prefix(count)) }
        var log = try openLog(files, options: Self.options)
        try log.finish()
        do { _ = try log.allRecords() } catch let error as LetheError {
          #expect(error.code == .damage && error.place == name && error.message.contains("remove Log/tile"))
          try FileLog.removeTiles(in: logDirectory, fileSystem: files)
          log = try openLog(files, options: Self.options)
          try log.finish()
        }
        #expect(try log.allRecords() == records)
        #expect(
          files.content(of: "\(logDirectory)/\(name)") == whole.content(of: "\(logDirectory)/\(name)"), "\(name)")
      }
    }
  }

  @Test func `a flipped byte in a tile or a bundle is mended or named, never believed`() throws {
    let records = records
    let checkpoint = try openLog(whole, access: .read, options: Self.options).checkpoint()
    for name in Self.names {
      let path = "\(logDirectory)/\(name)"
      let content = try #require(whole.content(of: path))
      for place in Exhaustive.some(Array(stride(from: 0, to: content.count, by: 251)), every: 4) {
        for checkpoint in [nil, checkpoint] {
          let files = whole.crash(.all)
          files.damage(path) { $0[place] ^= 0x20 }
          let log = try openLog(files, atLeast: checkpoint, options: Self.options)
          try log.finish()
          let isMended = files.content(of: path) == content
          var refused = 0
          for (position, record) in records.enumerated() {
            do throws(LetheError) {
              let read = try log.record(at: UInt64(position))
              #expect(read == record)
            } catch {
              #expect(error.code == .damage && error.place == name, "\(error)")
              refused += 1
            }
            guard position % 16 == place % 16 else { continue }
            do throws(LetheError) {
              let entry = try log.leafEntry(at: UInt64(position))
              #expect(entry == record.leafEntry)
              let proof = try log.inclusionProof(of: UInt64(position), in: 600)
              let verdict = MerkleProof.verifyInclusion(
                leafHash: MerkleHash.leaf(entry), position: UInt64(position), size: 600, proof: proof,
                root: try log.rootHash(size: 600))
              #expect(verdict == .proven)
            } catch {
              #expect(error.code == .damage && error.place == name, "\(error)")
              refused += 1
            }
          }
          #expect(isMended == (refused == 0), "\(name), byte \(place)")
        }
      }
    }
  }

  @Test func `a log cut behind its tiles was rolled back`() throws {
    let starts = try whole.segmentStarts()
    let files = whole.crash(.all)
    // Until less than the second bundle is left, and nothing tells of it but the tiles.
    for start in starts where start >= 256 { try files.remove(segmentPath(start)) }
    for start in starts { try files.remove(indexPath(start)) }
    let before = try files.logContent()
    #expect(throws: LetheError(.rolledBack, "")) { try openLog(files, options: Self.options) }
    #expect(try files.logContent() == before)
    // Whoever knows that this is all has the tiles made again.
    try FileLog.removeTiles(in: logDirectory, fileSystem: files)
    let log = try openLog(files, options: Self.options)
    #expect(try records.starts(with: log.allRecords()))
  }
}
