import LetheCrypto
import LetheSystem
import LetheTesting
import Synchronization
import Testing

@testable import LetheLog

/// Random changes of a log's end, by a hand that may write all its bytes and compute its checksums, and that kept what it
/// once cut off. `LETHE_EXHAUSTIVE=1` tries 10,000.
@Suite struct HostileEndTests {
  /// A home's memory of runs and checkpoints.
  private final class Memory: GroupSealing {
    struct State {
      var run: UInt64 = 0
      var signed: Checkpoint?
    }

    let origin = "lethe.example/log"
    let hasNewestCheckpoint = true
    let state = Mutex(State())

    var countedRuns: CountedRuns { .only(state.withLock { $0.run }) }
    var signed: Checkpoint? { state.withLock { $0.signed } }

    func authenticate(_ seal: [UInt8]) -> Digest { TestSealing().authenticate(seal) }

    func beginRun(in log: FileLog, after run: UInt64) throws(LetheError) -> RunBeginning {
      let checkpoint = log.count > 0 ? try log.checkpoint() : nil
      return state.withLock { state in
        state.signed = checkpoint
        state.run = run + 1
        return RunBeginning(run: state.run, origin: origin)
      }
    }

    func sign(_ log: FileLog) throws {
      let checkpoint = try log.checkpoint()
      state.withLock { $0.signed = checkpoint }
    }

    func open(_ files: MemoryFileSystem, _ access: LogAccess = .write) throws(LetheError) -> FileLog {
      try openLog(files, atLeast: signed, access: access, believing: .sealed(self))
    }
  }

  /// A log of two runs, where a hand cut off some groups of the first.
  private struct Scene {
    let memory = Memory()
    let files: MemoryFileSystem
    let records: [Record]
    /// The frames of the groups that the present run wrote, and of those that were cut off.
    let groups: [[UInt8]]
    /// The position of the present run's first record.
    let firstOfRun: UInt64
    let cut: [[UInt8]]
    /// Where the frames begin that no checkpoint covers.
    let unsigned: Int
    let end: Int

    init(_ random: inout SeededGenerator) throws {
      let seed = random.next() % 1_000_000
      func group(_ number: UInt64) throws -> [Record] {
        try makeGroups([[1, 2, 1].shuffled(using: &random)], seed: seed * 100 + number, partsEvery: 3)[0]
      }
      let files = MemoryFileSystem()
      var log = try FileLog.create(
        in: logDirectory, fileSystem: files, storeID: testStoreID, sealing: memory, noting: FactNoting(),
        options: .oneSegment)
      var ends = [64]
      var kept: [Record] = []
      let first = Int.random(in: 2...4, using: &random)
      let keep = Int.random(in: 1...first, using: &random)
      for number in 0..<first {
        let records = try group(UInt64(number))
        _ = try log.append(records)
        ends.append(ends[ends.count - 1] + frameByteCount(records) + SealFrame.frameByteCount)
        if number < keep { kept += records }
      }
      let before = try #require(files.content(of: segmentPath()))
      cut = (keep..<first).map { Array(before[ends[$0]..<ends[$0 + 1]]) }
      files.damage(segmentPath()) { $0 = Array($0[..<ends[keep]]) }
      log = try memory.open(files)
      firstOfRun = log.count
      ends = [ends[keep]]
      let count = Int.random(in: 1...5, using: &random)
      let signed = Int.random(in: 0...count, using: &random)
      for number in 0..<count {
        let records = try group(UInt64(number) + 50)
        _ = try log.append(records)
        ends.append(ends[ends.count - 1] + frameByteCount(records) + SealFrame.frameByteCount)
        kept += records
        if number + 1 == signed { try memory.sign(log) }
      }
      let after = try #require(files.content(of: segmentPath()))
      groups = (0..<count).map { Array(after[ends[$0]..<ends[$0 + 1]]) }
      unsigned = ends[signed]
      end = ends[count]
      (self.files, records) = (files, kept)
    }

    /// Frames of records that nobody sealed, or that somebody did who has no key.
    func forged(_ random: inout SeededGenerator) throws -> [UInt8] {
      let position = UInt64(records.count) - UInt64.random(in: 0...2, using: &random)
      var writer = ByteWriter()
      let forged = try makeGroups([[1, 1]], seed: random.next() % 1000 + 5_000_000)[0]
      for record in forged { Frame.append(record.bytes.span, group: position, to: &writer) }
      if Bool.random(using: &random) {
        let seal = GroupSeal(
          origin: SHA256.hash(Array(memory.origin.utf8)), run: memory.state.withLock { $0.run }, first: position,
          end: position + 2, durable: position, rootBefore: .zero, rootAfter: .zero)
        Frame.append((seal.encoded + random.bytes(32)).span, .seal, group: position, to: &writer)
      }
      return writer.bytes
    }
  }

  private enum Change: CaseIterable {
    case forge, replay, oldRun, replaceByOldRun, flip, flipWithChecksum, zero, cut, swap, noise, remove
  }

  /// Changes what lies behind a segment's head.
  private static func change(
    _ bytes: inout [UInt8], _ scene: Scene, _ random: inout SeededGenerator
  ) throws -> Change {
    let change = Change.allCases.randomElement(using: &random) ?? .flip
    let bounds = frameBounds(bytes)
    let place = bounds.randomElement(using: &random) ?? 64
    let offset = Int.random(in: 64..<max(65, bytes.count), using: &random)
    switch change {
    case .forge: bytes.insert(contentsOf: try scene.forged(&random), at: place)
    case .replay: bytes.insert(contentsOf: scene.groups.randomElement(using: &random) ?? [], at: place)
    case .oldRun: bytes.insert(contentsOf: scene.cut.randomElement(using: &random) ?? [], at: place)
    case .replaceByOldRun:
      guard let old = scene.cut.randomElement(using: &random) else { break }
      bytes.replaceSubrange(place..., with: old)
    case .flip: if offset < bytes.count { bytes[offset] ^= UInt8.random(in: 1...255, using: &random) }
    case .flipWithChecksum:
      guard let start = bounds.last(where: { $0 <= offset }), offset >= start + 8, offset < bytes.count,
        let head = Frame.head(in: bytes.span, at: start), start + head.frameByteCount <= bytes.count
      else { break }
      bytes[offset] ^= UInt8.random(in: 1...255, using: &random)
      let sum = CRC32C.checksum(bytes.span.extracting(start + 8..<start + head.frameByteCount))
      bytes.replaceSubrange(start + 4..<start + 8, with: sum.littleEndianBytes)
    case .zero:
      for index in offset..<max(offset, min(bytes.count, offset + 100)) { bytes[index] = 0 }
    case .cut: bytes.removeSubrange(min(offset, bytes.count)...)
    case .swap:
      guard bounds.count > 3 else { break }
      let chosen = [bounds.randomElement(using: &random) ?? 64, place].sorted()
      bytes = Array(bytes[..<chosen[0]] + bytes[chosen[1]...] + bytes[chosen[0]..<chosen[1]])
    case .noise: bytes += random.bytes(Int.random(in: 1...300, using: &random))
    case .remove:
      guard let next = bounds.first(where: { $0 > place }) else { break }
      bytes.removeSubrange(place..<next)
    }
    return change
  }

  @Test func `without the run a group that was cut off comes back in the place of another`() throws {
    var (believed, tried) = (0, 0)
    for seed in 0..<200 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let scene = try Scene(&random)
      guard let old = scene.cut.first, scene.memory.signed.map({ $0.size == scene.firstOfRun }) ?? true else {
        continue
      }
      let files = scene.files.crash(.all)
      let start = scene.end - scene.groups.reduce(0) { $0 + $1.count }
      files.damage(segmentPath()) { $0.replaceSubrange(start..., with: old) }
      tried += 1
      let careless = TestSealing(countedRuns: .all)
      if try openLog(files.crash(.all), atLeast: scene.memory.signed, believing: .sealed(careless)).count
        > scene.firstOfRun
      {
        believed += 1
      }
      #expect(try scene.memory.open(files).count == scene.firstOfRun)
    }
    #expect(tried > 20 && believed == tried)
  }

  /// Where frames begin and where the last ends.
  private static func frameBounds(_ bytes: [UInt8]) -> [Int] {
    var bounds = [64]
    while let start = bounds.last, bytes.count - start >= Frame.minimumByteCount,
      let head = Frame.head(in: bytes.span, at: start), start + head.frameByteCount <= bytes.count
    {
      bounds.append(start + head.frameByteCount)
    }
    return bounds
  }

  @Test(arguments: 0..<8)
  func `what is believed of a hostile end is a prefix, and nothing is lost in silence`(lane: Int) throws {
    let count = Exhaustive.isAsked ? 10_000 : 2_000
    var (believedAll, refused, reported) = (0, 0, 0)
    for seed in stride(from: lane, to: count, by: 8) {
      var random = SeededGenerator(seed: UInt64(seed))
      let scene = try Scene(&random)
      let files = scene.files.crash(.all)
      var bytes = Array(try #require(files.content(of: segmentPath()))[..<scene.end])
      let original = bytes
      var changes: [Change] = []
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        changes.append(try Self.change(&bytes, scene, &random))
      }
      files.damage(segmentPath()) { $0 = bytes }
      let comment: Comment = "seed \(seed): \(changes)"
      let before = try files.logContent()
      let log: FileLog
      do throws(LetheError) { log = try scene.memory.open(files) } catch {
        #expect([.damage, .rolledBack, .format, .io].contains(error.code), "\(comment): \(error)")
        #expect(try files.logContent() == before, comment)
        refused += 1
        continue
      }
      let found = try log.allRecords()
      #expect(scene.records.starts(with: found), comment)
      if found.count < scene.records.count, log.recovery.isEmpty {
        // Whole groups that are gone without a trace are what seals cannot tell.
        let left = bytes.reversed().drop { $0 == 0 }.count
        #expect(original.starts(with: bytes[..<left]), comment)
      }
      if found.count == scene.records.count { believedAll += 1 } else { reported += 1 }
      // From here on it is a log like any other.
      let more = try makeGroups([[2]], seed: 77)[0]
      _ = try log.append(more)
      let again = try scene.memory.open(files.crash(.synced))
      #expect(try again.allRecords() == found + more && again.recovery.isEmpty, comment)
    }
    // The changes do something, and not always the same.
    #expect(believedAll > 10 && refused > 10 && reported > 10)
  }
}
