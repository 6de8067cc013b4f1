internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// Appends every event of an input by itself, in order; events share syncs, and parsing goes on while a group is synced.
struct Importer {
  /// What came of it so far: events that are durable, and how many subjects and streams the input named.
  struct Counts: Sendable, Equatable {
    var events = 0
    var duplicates = 0
    var refused = 0
    /// Lines that could not be parsed, and were passed over because that was asked for.
    var skipped = 0
    var subjects = 0
    var streams = 0
  }

  /// How it ended, other than by an error.
  enum Ending: Sendable, Equatable { case complete, interrupted }

  /// Requests that are given to the store at once, and the bytes of JSON that suffice.
  static let groupSize = 512
  static let groupByteCount = 8 << 20
  /// Groups that the store has before the next is parsed to its end.
  static let flightLimit = 2
  private static let chunkByteCount = 1 << 18
  /// Lines of a kind that are named one by one.
  private static let namedLines = 10

  private struct Flight {
    let lines: [Int]
    let answer: Task<[Result<AppendReceipt, LetheError>], Never>
  }

  private let store: Store
  private let console: Console
  private let acknowledges: Bool
  private let skipLimit: UInt64
  private let isInterrupted: @Sendable () -> Bool

  private(set) var counts = Counts()
  private var requests: [AppendRequest] = []
  private var requestLines: [Int] = []
  private var requestByteCount = 0
  private var flights: [Flight] = []
  private var failure: LetheError?
  private var subjects: Set<[UInt8]> = []
  private var streams: Set<StreamName> = []

  /// - Parameters:
  ///   - acknowledges: whether `{"acknowledged":n}` is written after each durable group.
  ///   - skipLimit: how many lines that cannot be parsed are skipped before one ends the import.
  init(
    into store: Store, console: Console, acknowledges: Bool, skippingUpTo skipLimit: UInt64 = 0,
    isInterrupted: @escaping @Sendable () -> Bool
  ) {
    self.store = store
    self.skipLimit = skipLimit
    self.console = console
    self.acknowledges = acknowledges
    self.isInterrupted = isInterrupted
  }

  /// Takes the whole input. Whatever happens, `counts` then says how many events are durable.
  ///
  /// - Throws: `input` naming the line, after all events before it; what stopped the store.
  mutating func run(_ source: any ByteSource) async throws(LetheError) -> Ending {
    var ending = Ending.complete
    do {
      ending = try await takeAll(source)
      if ending == .complete { await submit() }
    } catch {
      if error.code == .input { await submit() }
      await land(downTo: 0)
      throw failure ?? error
    }
    await land(downTo: 0)
    if let failure { throw failure }
    return ending
  }

  private mutating func takeAll(_ source: any ByteSource) async throws(LetheError) -> Ending {
    var input = EventInput(.eventsOrReadLines)
    var progress = ProgressBar(on: console, total: source.byteCount)
    defer { progress.clear() }
    var byteCount = 0
    var isAtEnd = false
    while !isAtEnd {
      // Who writes slowly is answered for what is there.
      while !source.isReady, !requests.isEmpty || !flights.isEmpty {
        await submit()
        await land(downTo: max(0, flights.count - 1))
      }
      let chunk = try source.read(upTo: Self.chunkByteCount, unless: isInterrupted)
      if isInterrupted() { break }
      isAtEnd = chunk.isEmpty
      if isAtEnd { input.finish() } else { input.add(chunk) }
      byteCount += chunk.count
      while failure == nil, !isInterrupted(), try await takeNext(&input) == .continue {}
      if failure != nil || isInterrupted() { break }
      progress.advance(to: byteCount, events: counts.events + counts.duplicates)
    }
    if isAtEnd, input.isEmpty {
      console.note("lethe: the input is empty, so nothing was imported; check that it is the right one")
    }
    return isAtEnd && failure == nil && !isInterrupted() ? .complete : .interrupted
  }

  /// Takes the next event, or passes over what is none; stops where more bytes are needed.
  private mutating func takeNext(_ input: inout EventInput) async throws(LetheError) -> Iteration {
    var line = 0
    do throws(LetheError) {
      guard let item = try input.next() else { return .stop }
      line = item.line
      try await take(item)
    } catch {
      // An event that was parsed is behind us already.
      let failedLine = input.failedLine
      let isRefused = error.code == .refused && failedLine != nil
      guard isRefused || error.code == .input && counts.skipped < skipLimit,
        failedLine == nil || input.skipFailure()
      else { throw error }
      if isRefused { note(error, failedLine ?? line) } else { noteSkipped(error, failedLine ?? line) }
    }
    return .continue
  }

  private mutating func take(_ item: EventInput.Item) async throws(LetheError) {
    guard let stream = item.event.stream else {
      throw LetheError(.input, "the event names no stream; give it the attribute `stream`", place: "line \(item.line)")
    }
    if streams.insert(stream).inserted { counts.streams += 1 }
    if let subject = item.event.subject, subjects.insert(Array(subject.utf8)).inserted { counts.subjects += 1 }
    requests.append(AppendRequest(to: stream, [item.event]))
    requestLines.append(item.line)
    requestByteCount += item.event.text.count
    if requests.count == Self.groupSize || requestByteCount >= Self.groupByteCount { await submit() }
  }

  /// Gives the group to the store and waits until not too many are under way.
  private mutating func submit() async {
    guard !requests.isEmpty, failure == nil else { return }
    let (store, group) = (store, requests)
    // It reaches the store before the call returns, so that groups keep their order.
    flights.append(Flight(lines: requestLines, answer: Task.immediate { await store.append(group) }))
    requests = []
    requestLines = []
    requestByteCount = 0
    await land(downTo: Self.flightLimit - 1)
  }

  /// Waits for groups to become durable, the oldest first, until so many are under way.
  private mutating func land(downTo count: Int) async {
    while flights.count > count {
      let flight = flights.removeFirst()
      let known = counts.events + counts.duplicates
      for (line, answer) in zip(flight.lines, await flight.answer.value) {
        switch answer {
        case .success(let receipt):
          switch receipt.outcome {
          case .appended: counts.events += 1
          case .duplicate: counts.duplicates += 1
          }
        case .failure(let error): note(error, line)
        }
      }
      if acknowledges, counts.events + counts.duplicates > known {
        console.note("{\"acknowledged\":\(counts.events + counts.duplicates)}")
      }
    }
  }

  private mutating func note(_ error: LetheError, _ line: Int) {
    guard ExitCode(error.code) == .failed || error.code == .input else {
      failure = failure ?? error
      return
    }
    counts.refused += 1
    if counts.refused <= Self.namedLines {
      console.note("lethe: line \(line) was refused (\(error.code.rawValue)): \(error.message)")
    } else if counts.refused == Self.namedLines + 1 {
      console.note("lethe: further refusals are counted only")
    }
  }

  private mutating func noteSkipped(_ error: LetheError, _ line: Int) {
    counts.skipped += 1
    if counts.skipped <= Self.namedLines {
      console.note("lethe: line \(line) was skipped: \(error.message)")
    } else if counts.skipped == Self.namedLines + 1 {
      console.note("lethe: further lines that are skipped are counted only")
    }
  }
}
