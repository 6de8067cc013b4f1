import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// Every combination of old and new copies of what a home consists of, around a forget, an allocation of blocks and an
/// append: what is assembled from both times is harmless, or refused with the name of what is old.
///
/// The home with one cell is tried in all combinations; one whose root is shared, in a seeded sample, and in all with
/// `LETHE_EXHAUSTIVE=1`.
@Suite struct RollBackTests {
  enum Answer: Equatable {
    /// It is served, with Anna forgotten or not.
    case served(isAnnaForgotten: Bool)
    /// With these words in the sentence.
    case refused(LetheError.Code, String)

    static func rolledBack(_ words: String) -> Answer { .refused(.rolledBack, words) }
  }

  /// What is to be answered.
  ///
  /// The rule: with fewer than k old cells, that is n - k + 1 current ones at least, the current root is the only one that
  /// can be read, since each cell has erased the old one's share. With k old cells the old root is whole again, and what
  /// log, pages and checkpoint remember is all that stands against it.
  static func answer(_ event: TwoTimes.Event, _ cells: TwoTimes.Sharing, old: Set<TwoTimes.Thing>) -> Answer {
    let (base, next) = (cells.epoch, cells.epoch + 1)
    let (isLogOld, arePagesOld) = (old.contains(.log), old.contains(.pages))
    let oldCells = cells.numbers.filter { old.contains(.cell($0)) }
    let isOldRootWhole = oldCells.count >= cells.threshold
    let isNewRootWhole = cells.count - oldCells.count >= cells.threshold
    // The checkpoint remembers a longer log than an old one is.
    if isLogOld, !old.contains(.checkpoint) { return .rolledBack("the log ends before") }
    if event.isCommit {
      let isNewShareAround = oldCells.count < cells.count
      switch (isNewRootWhole, arePagesOld, isLogOld) {
      case (true, true, _):
        return .rolledBack("the vault's pages are older (epoch \(base)) than the root cell (epoch \(next))")
      case (false, _, false) where isNewShareAround:
        // Somebody has the newest root's share, so cells are missing rather than rolled back.
        let missing = oldCells.map { "cell \($0) is of epoch \(base)" }.joined(separator: ", ")
        return .refused(
          .missingKey,
          "opening takes \(cells.threshold) of the \(cells.count) root cells at epoch \(next), and "
            + "\(cells.count - oldCells.count) can be read: \(missing)")
      case (false, false, false):
        return .rolledBack("the root cell is older (epoch \(base)) than the log (epoch \(next))")
      case (false, false, true):
        return .rolledBack(
          "the root cell (epoch \(base)) and the log (epoch \(base)) are older than the vault's pages (epoch \(next))")
      case (false, true, false) where cells.count > 1:
        let names = oldCells.map { "cell \($0)" }.joined(separator: ", ")
        return .rolledBack("\(names) are older (epoch \(base)) than the log (epoch \(next))")
      case (false, true, false):
        return .rolledBack(
          "the root cell (epoch \(base)) and the vault's pages (epoch \(base)) are older than the log (epoch \(next))")
      case (true, false, true):
        if event == .forget { return .rolledBack("the log (epoch \(base)) is older than the vault (epoch \(next))") }
      case (true, false, false), (false, true, true): break
      }
    }
    // A directory that opens tells too; after a forget an old root does not open the new one.
    let opensDirectory = event != .forget || !isOldRootWhole
    if isLogOld, !old.contains(.directory), opensDirectory { return .rolledBack("the directory has taken in") }
    return .served(isAnnaForgotten: event == .forget && !isLogOld)
  }

  @Test(arguments: TwoTimes.Event.allCases, TwoTimes.Sharing.all)
  func `P7 what is assembled from two times is harmless, or refused with the name of what is old`(
    event: TwoTimes.Event, cells: TwoTimes.Sharing
  ) async throws {
    let times = try await TwoTimes(event, cells)
    let combinations = cells.combinations
    let rate = cells.count == 1 ? 1 : 12
    let chosen = Exhaustive.sample(combinations.count, oneIn: rate, seed: UInt64(cells.count))
    var served = 0
    for number in chosen {
      let old = combinations[number]
      let trial = try times.assembled(old)
      let things = old.map(\.description).sorted().joined(separator: ", ")
      let names = Comment(rawValue: "\(event), \(cells), old: \(things)")
      switch Self.answer(event, cells, old: old) {
      case .refused(let code, let words):
        let error = #expect(throws: LetheError.self, names) { try trial.open() }
        #expect(error?.code == code && error?.message.contains(words) == true, "\(names): \(error!)")
      case .served(let isAnnaForgotten):
        served += 1
        try await trial.session { (store) async throws in
          #expect(try MemoryHome.isReadable("cleo", in: store), names)
          #expect(try MemoryHome.isReadable("anna", in: store) == !isAnnaForgotten, names)
          #expect(store.awayCells.isEmpty && store.holdup == nil, names)
          try await store.append(30, of: "cleo")
          try await store.append(31, of: "dora")
        }
        try await trial.session { (store) async throws in
          #expect(try store.status(ofSubject: "anna").state == (isAnnaForgotten ? .shredded : .live), names)
        }
        // Whatever was old among the cells, all have their shares of one root now, and nothing else.
        let shares = try trial.roots()
        #expect(shares.count == cells.count && Set(shares.map(\.pair)).count == 1, names)
      }
    }
    if Exhaustive.isAsked { print("\(event), \(cells): \(chosen.count) combinations, \(served) served") }
  }

  /// Beyond as many old cells as read the root, only a checkpoint that somebody else keeps tells.
  @Test(arguments: TwoTimes.Sharing.all)
  func `P7 nothing brings the forgotten back while fewer than k cells are old`(cells: TwoTimes.Sharing) {
    var beyond = 0
    for old in cells.combinations {
      let isBack = Self.answer(.forget, cells, old: old) == .served(isAnnaForgotten: false)
      let oldCells = cells.numbers.count { old.contains(.cell($0)) }
      if oldCells < cells.threshold { #expect(!isBack) } else if isBack { beyond += 1 }
    }
    // With all else old as well, directory or not, nobody can tell.
    #expect(beyond > 0)
  }

  @Test func `a log and a vault of one epoch from two histories are refused`() async throws {
    let home = try await ShorterLogTests.withLostTail()
    try home.makeMachine()
    _ = try home.restore(.accept)
    try await home.session(of: MemoryHome.machine) { (store) async throws in try forget("cleo", in: store) }
    // Somebody went on with the first machine, and its log comes over while nothing in Keys/ tells.
    try await home.session { (store) async throws in
      try store.perform { (writer) throws(LetheError) in try writer.makeRoom(forSubjects: 60 * 1024) }
      try forget("bert", in: store)
    }
    try home.copy(MemoryHome.home.log, to: MemoryHome.machine.log)
    try home.disk.remove(MemoryHome.machine.trustedCheckpoint)
    try home.removeDatabase(MemoryHome.machine.directory)
    let error = #expect(throws: LetheError.self) { try Store.open(MemoryHome.machine, in: home.world()) }
    #expect(error?.code == .rolledBack && error?.message.contains("both at epoch 5") == true)
  }
}
