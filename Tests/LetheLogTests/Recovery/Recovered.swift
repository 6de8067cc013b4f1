import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting
import Synchronization
import Testing

/// Opens what a crash left and checks that it holds the groups given and the next one whole or not at all, that it
/// takes new records, and that these and all before are there at the next openings, with all files that belong to them.
func expectRecovered(
  _ files: MemoryFileSystem, acknowledged: some Sequence<[Record]>, next: [Record], _ comment: Comment,
  options: LogOptions = .oneSegment
) throws {
  let sure = acknowledged.flatMap { $0 }
  let log = try openLog(files, options: options)
  try log.finish()
  let records = try log.allRecords()
  #expect(records == sure || records == sure + next, comment)
  let hashes = records.map { MerkleHash.leaf($0.leafEntry) }
  #expect(try log.rootHash(size: log.count) == naiveRoot(hashes[...]), comment)

  let more = try makeGroups([[2, 1]], seed: 99)[0]
  #expect(try log.append(more) == log.count - 3..<log.count)
  let checkpoint = try log.checkpoint()
  let left = files.crash(.synced)
  for checkpoint in [nil, checkpoint] {
    let again = try openLog(left, atLeast: checkpoint, options: options)
    #expect(try again.allRecords() == records + more, comment)
    #expect(again.recovery.isEmpty, comment)
    try again.finish()
  }
  try expectSealed(left, records + more, comment)
}

/// A workshop that does nothing, as one that has much to do before.
private final class IdleWorkshop: Workshop {
  func give(_ job: @escaping @Sendable () -> Void) {}
  func finish() {}
}

/// Every segment but the last has an index, and there is no file that does not belong to the log.
func expectSealed(_ files: MemoryFileSystem, _ records: [Record], _ comment: Comment) throws {
  let starts = try files.segmentStarts()
  var names = Set(starts.map { LogLayout.segment($0) } + starts.dropLast().map { LogLayout.index($0) })
  for bundle in 0..<UInt64(records.count) / 256 {
    names.formUnion([LogLayout.entries(bundle), LogLayout.tile(level: 0, bundle)])
  }
  let there = try Set(files.logContent().keys)
  // Nothing reads what a crash left of the next spare, or of an index that was being written.
  #expect(there.filter { !$0.hasSuffix(".new") && $0 != "spare.segment" } == names, comment)
}

/// Makes a log of some groups, then stops the world at each call, from the first to the last, of whatever appends the
/// rest; with each survival of the crash. Groups that were acknowledged must be there.
///
/// - Parameters:
///   - rotations: how many segments the rest begins at least.
///   - byteCount: stops at writes alone, and so much of them is written.
///   - isIdle: the workshop does nothing until the crash.
func stopAtEachCall(
  of groups: [[Record]], behind count: Int, rotations: Int, options: LogOptions, seeds: Range<UInt64> = 0..<4,
  tearing byteCount: Int? = nil, isIdle: Bool = false
) throws {
  let base = try makeFiles(Array(groups[..<count]), options: options)
  let starts = try base.segmentStarts().count
  for stop in 0... {
    var isThrough = false
    for survival in survivals(seeds: seeds) {
      let files = base.crash(.all)
      let idle = LogOptions(
        segmentByteCount: options.segmentByteCount, growthByteCount: 512, workshop: IdleWorkshop())
      let log = try openLog(files, options: isIdle ? idle : options)
      if let byteCount {
        let target = files.faults.callCount(of: .write) + stop
        let writes = Atomic(files.faults.callCount(of: .write))
        files.faults.decide { call in
          guard call.kind == .write, writes.add(1, ordering: .relaxed).oldValue == target else { return .proceed }
          return .tear(byteCount: byteCount)
        }
      } else {
        files.faults.stop(at: stop)
      }
      var acknowledged = count
      do throws(LetheError) {
        for group in groups[count...] {
          _ = try log.append(group)
          acknowledged += 1
        }
      } catch { #expect(error.code == .io) }
      if !files.faults.hasStopped {
        isThrough = true
        #expect(try files.segmentStarts().count >= starts + rotations)
      }
      try expectRecovered(
        files.crash(survival), acknowledged: groups[..<acknowledged],
        next: acknowledged < groups.count ? groups[acknowledged] : [], "stopped at call \(stop); \(survival)",
        options: options)
    }
    if isThrough { break }
  }
}
