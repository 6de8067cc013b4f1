import LetheLog
import LetheSystem
import LetheTesting

/// A random life of a log alone on a disk that fails, tears and stops at random calls: groups, rotations, sealings,
/// checkpoints, ends and starts. What happens follows from the seed.
final class LogHistory {
  private static let stepCount = 24

  private let seed: UInt64
  private let order: DoingOrder
  private let segmentByteCount: Int
  private let groups: History.GroupKind
  var random: SeededGenerator
  private(set) var files = MemoryFileSystem()
  private var disk: DoingOrderFileSystem
  private var workshop: LaggingWorkshop?
  private var log: FileLog?
  private var sealing: HistorySealing?
  var model: LogModel

  /// Whether calls of this process may fail.
  private var mayFail = false
  private var isStopped = false
  private(set) var tally = Tally()

  /// What happened in a history, counted.
  struct Tally {
    var groups = 0
    var segments = 0
    var checkpoints = 0
    var starts = 0
    var failures = 0

    static func += (tally: inout Tally, other: Tally) {
      tally.groups += other.groups
      tally.segments += other.segments
      tally.checkpoints += other.checkpoints
      tally.starts += other.starts
      tally.failures += other.failures
    }
  }

  init(seed: UInt64, _ order: DoingOrder = .right) throws {
    self.seed = seed
    self.order = order
    random = SeededGenerator(seed: seed)
    model = try LogModel(seed: seed)
    segmentByteCount = [1 << 10, 2 << 10, 4 << 10].randomElement(using: &random) ?? 1 << 10
    // So many that bundles and tiles of the tree come to be full.
    groups = seed % 8 == 0 ? .manyFacts : .usual
    disk = DoingOrderFileSystem(files, order)
    try files.createDirectory("/home/Keys")
  }

  /// Lives through it.
  ///
  /// - Throws: `Violation` if a promise is broken.
  func run() throws {
    do { try live() } catch {
      throw Violation("\(error), behind group \(tally.groups); \(HistorySeeds.advice(seed))")
    }
  }

  private func live() throws {
    arm(oneIn: 2)
    try start(.first)
    for _ in 0..<Self.stepCount {
      arm(oneIn: 4)
      try act()
      if files.faults.hasStopped || Int.random(in: 0..<12, using: &random) == 0 { try start() }
    }
    try start(.atEnd)
    try finish()
  }

  /// Tells what happens, if one history is repeated.
  func trace(_ what: @autoclosure () -> String) { if HistorySeeds.repeated != nil { print(what()) } }

  // MARK: What happens

  private func act() throws {
    guard let log else { throw Violation("no log is open") }
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<12: try append(to: log)
    case 12..<14: try tolerate("publishing") { try publish(log) }
    case 14: workshop?.work()
    case 15..<17: try tolerate("looking") { try model.look(at: log, using: &random) }
    case 17: try tolerate("verifying") { try log.verify() }
    case 18: try tolerate("finishing") { try log.finish() }
    default:
      // An orderly end.
      try tolerate("an end") { try log.finish() }
      try start()
    }
    try expect(!log.hasUsedAfterFailedSync(files), "a segment was written or synced after its sync had failed")
  }

  private func append(to log: FileLog) throws {
    guard !isStopped else { return try checkStopped(log) }
    let start = log.count
    let group = try model.addGroup(groups)
    if order == .signatureFirst { disk.desk.draft(try model.draft()) }
    do {
      let range = try log.append(group)
      try expect(range == start..<model.history.count, "the positions of a group")
      tally.groups += 1
      trace("appended up to \(range.upperBound)")
      if order == .indexFirst, disk.desk.isLate { model.answer(upTo: range.lowerBound) } else { model.answerAll() }
    } catch let error as LetheError {
      try demandFailure(error, "an append")
      isStopped = true
    }
    if let signed = disk.desk.signed { model.witness(signed) }
    if let signed = sealing?.signed { model.witness(signed) }
  }

  /// After a failure nothing is taken until a new opening.
  private func checkStopped(_ log: FileLog) throws {
    let count = log.count
    do {
      _ = try log.append([PreparedRecords]())
      throw Violation("a log that failed goes on")
    } catch let error as LetheError { try expect(error.code == .io, "\(error)") }
    try expect(log.count == count, "a log that failed grows")
  }

  /// As a store does: the checkpoint is signed, kept, and then shown.
  private func publish(_ log: FileLog) throws {
    try disk.desk.settle()
    model.answer(upTo: log.count)
    let checkpoint = try log.checkpoint()
    model.witness(checkpoint)
    tally.checkpoints += 1
    trace("signed \(checkpoint.size)")
    try disk.replace(DoingOrderFileSystem.checkpoint, with: Array(checkpoint.text.utf8))
    try log.publish(size: checkpoint.size)
  }

  // MARK: What goes wrong

  private func arm(oneIn rate: Int) {
    guard Int.random(in: 0..<rate, using: &random) == 0, !files.faults.hasStopped else { return }
    let mishap = Mishap.allCases.randomElement(using: &random) ?? .stop
    let reach = [4, 30, 120].randomElement(using: &random) ?? 4
    mayFail = mayFail || mishap.isFailure
    let isTold = HistorySeeds.repeated != nil
    files.faults.arm(mishap, at: Int.random(in: 0..<reach, using: &random), seed: random.next()) { call, outcome in
      if isTold { print("\(outcome) at call \(call.number), \(call.kind) of \(call.path)") }
    }
  }

  private func tolerate(_ what: String, _ body: () throws -> Void) throws {
    do { try body() } catch let error as LetheError { try demandFailure(error, what) }
  }

  /// A failure of the disk is what is to be expected, where there was one.
  private func demandFailure(_ error: LetheError, _ what: String) throws {
    trace("\(what): \(error)")
    tally.failures += 1
    try expect(error.code == .io && mayFail, "\(what): \(error)")
  }

  // MARK: Starts

  private enum Occasion {
    /// Nothing was before.
    case first
    case amidst
    /// Nothing goes wrong any more.
    case atEnd
  }

  /// The process ends, and the next one starts on what the disk kept; starts may be stopped too.
  private func start(_ occasion: Occasion = .amidst) throws {
    for attempt in 0..<60 {
      log = nil
      workshop = nil
      if occasion != .first || attempt > 0 { crash(occasion) }
      tally.starts += 1
      do {
        let log = try open()
        files.faults.clear()
        try model.compare(log)
        if Int.random(in: 0..<6, using: &random) == 0 { try log.verify() }
        self.log = log
        disk.desk.open()
        return
      } catch let error as LetheError { try demandFailure(error, "a start") }
    }
    throw Violation("no start serves")
  }

  private func crash(_ occasion: Occasion) {
    let seed = random.next()
    var survivals: [MemoryFileSystem.Survival] = [.synced, .all, .some(seed: seed), .torn(seed: seed)]
    if occasion != .atEnd { survivals.append(.cached) }
    let survival = survivals.randomElement(using: &random) ?? .all
    trace("crash: \(survival)")
    files = files.crash(survival)
    disk = DoingOrderFileSystem(files, order)
    // What a sync of the whole disk lost, a later process may hear of.
    mayFail = mayFail && survival == .cached
    isStopped = false
    if occasion != .atEnd { arm(oneIn: 4) }
  }

  private func open() throws -> FileLog {
    // A late sealing could make more durable than the wrong order means to.
    if order == .right { workshop = LaggingWorkshop(seed: random.next()) }
    let options = LogOptions(
      segmentByteCount: segmentByteCount, growthByteCount: 512,
      growingByteLimit: seed.isMultiple(of: 2) ? 1 << 10 : .max, workshop: workshop ?? ImmediateWorkshop())
    let sealing = try HistorySealing(disk)
    self.sealing = sealing
    guard try FileLog.exists(in: logDirectory, fileSystem: disk) else {
      try expect(!model.isCreated, "the log is gone")
      return try FileLog.create(
        in: logDirectory, fileSystem: disk, storeID: testStoreID, sealing: sealing, noting: FactNoting(),
        options: options
      )
    }
    var trusted: Checkpoint?
    if disk.exists(DoingOrderFileSystem.checkpoint) {
      let text = try disk.contents(ofFile: DoingOrderFileSystem.checkpoint)
      trusted = try Checkpoint(text: String(decoding: text, as: UTF8.self))
    }
    return try openLog(disk, atLeast: trusted, options: options, believing: .sealed(sealing))
  }

  /// The log takes more, may verify all of it, and has every segment sealed but the last.
  private func finish() throws {
    guard let log else { throw Violation("no log is open") }
    let group = try model.addGroup(groups)
    _ = try log.append(group)
    model.answerAll()
    try log.finish()
    try disk.desk.settle()
    try start(.atEnd)
    try self.log?.finish()
    if Int.random(in: 0..<4, using: &random) == 0 { try self.log?.verify() }
    let starts = try files.segmentStarts()
    tally.segments = starts.count
    let names = try Set(files.logContent().keys)
    for start in starts.dropLast() { try expect(names.contains(LogLayout.index(start)), "segment \(start) is sealed") }
  }
}

extension FileLog {
  fileprivate func hasUsedAfterFailedSync(_ files: MemoryFileSystem) -> Bool {
    files.usedAfterFailedSync.contains { $0.hasSuffix(".segment") }
  }
}
