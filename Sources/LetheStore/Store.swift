internal import LetheLog
public import LethePolicies
public import LetheSystem
package import LetheVault

/// An open home: the one place where log, vault and policies meet.
///
/// Append, read and forget from any thread. Appends come in through one door, and all that wait become durable by one
/// sync. Close it: a store that is only dropped starts the next time as after a crash.
public final class Store: Sendable {
  let parts: StoreParts
  let reader: StoreReader
  private let door: AppendDoor
  private let writer: WriterThread
  private let locks: HomeLocks
  /// What the opening found and mended, or could not know.
  package let found: OpeningFindings
  /// Why the store takes no writes: `io`, from a disk that was full or read-only when the home was opened. Nil if the store
  /// takes writes. Reads work either way.
  public let writeRefusal: LetheError?
  /// How many records there were when the store was opened.
  private let openingCount: UInt64

  init(
    parts: StoreParts, records: RecordReader, writer: StoreWriter, locks: HomeLocks, refusing refusal: LetheError?,
    found: OpeningFindings
  ) throws(LetheError) {
    self.found = found
    writeRefusal = refusal
    openingCount = parts.log.count
    self.parts = parts
    self.locks = locks
    reader = StoreReader(parts: parts, records: records)
    let thread = try WriterThread(writer)
    door = AppendDoor(writer, thread)
    self.writer = thread
  }

  deinit {
    writer.finish()
    parts.log.unlockActiveSegment()
  }

  public var home: Home { parts.home }
  /// The store's id: 16 random bytes.
  public var id: [UInt8] { parts.storeID }
  /// Records that the log holds durably, system facts included; the next record's position.
  public var count: UInt64 { parts.log.count }
  public var policies: Policies { parts.policies }
  /// Where the home lies.
  package var files: any FileSystem { parts.world.files }

  // MARK: Append

  /// Appends events to a stream, all or none. Durable at return. Calls take their turns as `append(_:)` of several requests describes.
  ///
  /// - Throws: `revisionConflict`, `idConflict`, `shredded`, `restricted`, `policy`, `input`: nothing was written. `io`:
  ///   the events are there whole or not at all, and the store must be opened again.
  @discardableResult
  public nonisolated(nonsending) func append(_ request: AppendRequest) async throws(LetheError) -> AppendReceipt {
    try await append([request])[0].get()
  }

  /// Appends several requests that share a sync. Each is all or none and answered by itself, in order.
  ///
  /// A call takes its turn before it first suspends, on the caller's thread: a call that is made after another one
  /// suspended (`Task.immediate` returned, say) comes behind it in every stream that both append to. A call's own requests
  /// get their positions in their order.
  public nonisolated(nonsending) func append(_ requests: [AppendRequest]) async -> [Result<AppendReceipt, LetheError>] {
    if let writeRefusal { return requests.map { _ in .failure(writeRefusal) } }
    guard !requests.isEmpty else { return [] }
    return await door.answers(of: door.admit(requests))
  }

  // MARK: Read

  /// Gives each selected record, in order, to the body until it stops. Blocks the caller's thread; what is appended
  /// meanwhile is not seen.
  ///
  /// - Throws: `unknownStream`; `shredded` for the stream of somebody who was forgotten; `missingKey` and `damage`, which
  ///   name the position, after the last good record.
  public func read(
    _ selection: Selection, _ options: ReadOptions = ReadOptions(),
    _ body: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    try reader.read(selection, options, body)
  }

  // MARK: Subjects

  /// What is known of a subject: counts and states, no content.
  public func status(ofSubject id: String) throws(LetheError) -> SubjectStatus {
    if let subject = try parts.directory.subject(parts.lookups.subject(id)), let state = try state(of: subject) {
      guard state != .shredded else { return SubjectStatus(state: .shredded, events: nil, categories: nil) }
      let (events, categories) = try contents(of: subject)
      return SubjectStatus(state: state, events: events, categories: categories)
    }
    let forgets = parts.state.read { $0.index.forgets }
    let state: SubjectStatus.State =
      switch try parts.fencing(of: parts.lookups.fencedSubject(id), forgets) {
      case .none: .unknown
      case .departing: .restricted
      case .forgotten: .shredded
      }
    return SubjectStatus(state: state, events: nil, categories: nil)
  }

  /// Whether a registered subject lives, as the durable log has it; nil if its registration is not durable yet.
  package func state(of subject: SubjectIndex) throws(LetheError) -> SubjectStatus.State? {
    let durable = parts.log.count
    let kid = subject.kid(slot: 0)
    return try parts.state.read { (state: borrowing StoreState) throws(LetheError) in
      // The directory knows this subject. If the log does not, its index is wrong.
      guard let entry = try state.index.subject(subject) else { throw .wrongIndex(nil) }
      guard entry.registration.position < durable else { return nil }
      if state.index.destroyer(of: kid) != nil { return .shredded }
      return state.index.pendingForget(of: kid, before: durable) == nil ? .live : .restricted
    }
  }

  /// How many events a subject has, in all and by category.
  private func contents(of subject: SubjectIndex) throws(LetheError) -> (events: Int, categories: [String: Int]) {
    let durable = parts.log.count
    return try parts.keys.gate.read { (_: borrowing ()) throws(LetheError) in
      try parts.state.read { (state: borrowing StoreState) throws(LetheError) in
        let events = try state.index.events(of: subject).count { $0 < durable }
        var categories: [String: Int] = [:]
        for slot in try reader.records.slots(of: subject, state) { categories[slot.category] = 0 }
        // One category so far, which therefore has every event.
        if let category = categories.keys.first { categories[category] = events }
        return (events, categories)
      }
    }
  }

  // MARK: The writer's own work

  /// - Throws: `io` if the store takes no writes.
  package func demandWritable() throws(LetheError) {
    if let writeRefusal { throw writeRefusal }
  }

  /// Runs work on the writer's thread, between two groups, and waits for it.
  ///
  /// - Throws: `io` if the store takes no writes; what the work throws. If the work fails while or after it wrote facts, the
  ///   error says that the next opening shows what was kept.
  package func perform<Outcome: Sendable>(
    _ work: @escaping @Sendable (StoreWriter) throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    try demandWritable()
    return try writer.perform { (writer) throws(LetheError) in
      let count = writer.recordedCount
      do throws(LetheError) { return try work(writer) } catch {
        let hasWritten = writer.recordedCount > count
        throw error.kept == nil && error.isOfMachine && hasWritten ? error.keeping(.undecided) : error
      }
    }
  }

  /// Ends the store: what was given to it before is done, the directory is sealed and the log's checkpoint signed, so that
  /// the next start knows that nothing was lost. Blocks the caller's thread.
  ///
  /// Closing on a full disk is no error if nothing was recorded: the next start only takes as long as after a crash.
  ///
  /// - Throws: `io` if that failed, or if the store was closed before. It is closed in any case, and all that was
  ///   acknowledged is durable.
  public func close() throws(LetheError) {
    defer {
      parts.log.coarsenTimes()
      for folder in [parts.home.keys, parts.home.readModels] { files.tryToCoarsenTime(of: folder, after: nil) }
      parts.log.unlockActiveSegment()
      locks.release()
    }
    parts.log.endWaiting()
    // All is closed in any case; the first failure is the one to tell.
    var failure: LetheError?
    func attempt(_ step: () throws(LetheError) -> Void) {
      do throws(LetheError) { try step() } catch { failure = failure ?? error }
    }
    attempt { () throws(LetheError) in
      try writer.close { (writer) throws(LetheError) in try writer.close() }
    }
    attempt { () throws(LetheError) in try parts.directory.close() }
    attempt { () throws(LetheError) in try parts.vault.close() }
    guard let failure, !failure.isForWantOfSpace || parts.log.count > openingCount else { return }
    throw failure
  }
}

/// What is known of a subject without reading anything of it.
public struct SubjectStatus: Sendable, Equatable {
  public enum State: String, Sendable { case live, restricted, shredded, unknown }

  public let state: State
  /// Events with a part under the subject's keys; nil if no link to them is left.
  public let events: Int?
  public let categories: [String: Int]?
}
