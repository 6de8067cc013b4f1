import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

/// `verify()` takes nothing on trust that opening does.
@Suite struct VerifyingTests {
  private static let options = LogOptions.small(16384)

  private func makeFiles() throws -> MemoryFileSystem {
    let groups = try makeGroups(Array(repeating: [4, 6], count: 60), partsEvery: 40)
    return try LetheLogTests.makeFiles(groups, options: Self.options)
  }

  @Test(arguments: [LogAccess.read, .write])
  func `a log that is whole is verified, sealed or not`(access: LogAccess) throws {
    let files = try makeFiles()
    try openLog(files, access: access, options: Self.options).verify()
    for start in try files.segmentStarts().dropLast() { try files.remove(indexPath(start)) }
    try openLog(files, access: access, options: Self.options).verify()
    try openLog(LetheLogTests.makeFiles([])).verify()
  }

  @Test func `tags are nothing that a segment could contradict`() throws {
    let files = MemoryFileSystem()
    let log = try FileLog.create(
      in: logDirectory, fileSystem: files, storeID: testStoreID, noting: FactNoting(), options: Self.options)
    var history = try History(seed: 51)
    while try files.segmentStarts().count < 3 { _ = try log.append(history.addGroup()) }
    try log.verify()
    try openLog(files, options: Self.options).verify()
  }

  /// Nothing syncs a bundle by itself: it is durable once an index is behind it.
  @Test func `files of the tree that a crash tore before they were durable are no damage`() throws {
    let groups = try makeGroups(Array(repeating: [4, 6], count: 30), partsEvery: 1000)
    let files = try LetheLogTests.makeFiles(groups)
    let torn = [LogLayout.entries(0), LogLayout.tile(level: 0, 0)].map { "\(logDirectory)/\($0)" }
    let whole = torn.map { files.content(of: $0) }
    for path in torn { files.damage(path) { $0.replaceSubrange(512..<1024, with: repeatElement(0, count: 512)) } }
    try openLog(files, access: .read).verify()
    let log = try openLog(files)
    try log.verify()
    #expect(torn.map { files.content(of: $0) } == whole)
  }

  @Test func `a flipped byte is named wherever it is`() throws {
    let files = try makeFiles()
    let log = try openLog(files, access: .read, options: Self.options)
    let checkpoint = try log.checkpoint()
    let content = try files.logContent()
    let start = try #require(files.segmentStarts().last)
    // Behind the last index files of the tree may be torn as well as changed.
    let unsure = (start / LogLayout.tileWidth..<8).flatMap { [LogLayout.entries($0), LogLayout.tile(level: 0, $0)] }
    let excepted = Set(unsure + [LogLayout.segment(start), LogLayout.spare])
    #expect(start >= LogLayout.tileWidth)
    for (name, bytes) in content.sorted(by: { $0.key < $1.key }) where !excepted.contains(name) {
      // Behind a segment's last frame there are zeros, which tell nothing.
      let end = name.hasSuffix(".segment") ? 12_000 : bytes.count
      let places = Exhaustive.some(Array(stride(from: 0, to: end, by: end / 60)), every: 10)
      for place in places where name.hasSuffix(".index") || place >= 64 {
        let path = "\(logDirectory)/\(name)"
        files.damage(path) { $0[place] ^= 4 }
        // What was read before is known; a new opening reads anew.
        let again = try openLog(files, atLeast: checkpoint, access: .read, options: Self.options)
        for log in [log, again] {
          // An opening that sees it makes it again, in memory.
          if log === again, name.hasPrefix("tile/0") || name.hasSuffix(".index") { continue }
          do throws(LetheError) {
            try log.verify()
            Issue.record("\(name), byte \(place)")
          } catch { #expect(error.code == .damage && error.place?.hasPrefix(name) == true, "\(name): \(error)") }
        }
        files.damage(path) { $0 = bytes }
      }
    }
    try log.verify()
  }
}
