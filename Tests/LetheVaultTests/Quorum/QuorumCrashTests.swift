import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// A commit among several cells, stopped at every change of every cell and at every action; then every cell is there, away,
/// or an old copy of itself. `CellSettlement` says what must hold.
@Suite struct QuorumCrashTests {
  /// How a cell is found at the next start.
  enum Fate: Int, CaseIterable { case present, away, old }

  /// Where the process dies: at an action, or at a change of a cell; or where a cell goes away while the process goes on.
  enum Death {
    case action(StopPoint)
    case change(CellScript.Stop)
  }

  /// A world in which the forget died there; nil if it came to its end before.
  static func dead(_ start: QuorumWorld, _ death: Death) throws -> QuorumWorld? {
    var world = start.copy()
    let script: CellScript
    var point: StopPoint?
    switch death {
    case .action(let stop): (script, point) = (CellScript(), stop)
    case .change(let stop): script = CellScript(stop: stop)
    }
    let (vault, recovery, _) = try world.open(script: script)
    do {
      try world.drive(recovery, vault, script: script)
      try world.drive(vault.begin(QuorumWorld.request), vault, script: script, stop: point)
      try world.checkServing(vault, "\(death)")
      return script.hasStopped ? world : nil
    } catch {
      try world.checkSafety("\(death)")
      return world
    }
  }

  /// All ways in which cells can be found.
  static func fates(_ count: Int) -> [[Fate]] {
    (0..<count).reduce([[]]) { found, _ in found.flatMap { list in Fate.allCases.map { list + [$0] } } }
  }

  /// A start with the cells as fate has them, and another with all that were away back again.
  static func restart(_ dead: QuorumWorld, _ fates: [Fate], _ note: String) throws {
    var world = dead.copy()
    for (place, fate) in fates.enumerated() where fate == .old { world.media[place] = world.oldMedia[place].copy() }
    let away = Set(fates.indices.filter { fates[$0] == .away })
    // Also lost is a cell that was away already when the root was staged.
    let lostCount = fates.indices.count { place in
      fates[place] != .present || !dead.media[place].labels.contains { $0.pair.epoch >= dead.log.epoch }
    }
    let wasDone = world.log.openCases.isEmpty
    let mayBeLost = lostCount > fates.count - world.threshold
    let labels = world.media.map(\.labels)
    do {
      let vault = try world.start(away: away)
      try world.checkServing(vault, note)
    } catch let error as LetheError {
      // A refusal changes nothing and says what to do.
      #expect(mayBeLost, "\(note): \(error)")
      #expect(world.media.map(\.labels) == labels, "\(note)")
      #expect([.missingKey, .rolledBack, .io].contains(error.code), "\(note): \(error)")
      #expect(fates.count == 1 || error.message.contains(";"), "\(note): \(error)")
    }
    #expect(!wasDone || world.log.openCases.isEmpty)
    // Fewer than k old copies never bring the person back.
    if wasDone {
      for place in fates.indices where dead.oldShareCount + 1 < world.threshold {
        #expect(try !dead.adversaryReachesGone(withOld: [place]), "\(note)")
      }
    }
    let oldCount = fates.count { $0 == .old }
    guard !mayBeLost || oldCount == 0 else { return }
    // All are back; what was restored from an old copy stays so.
    let vault = try world.start()
    try world.checkServing(vault, "\(note), back")
    #expect(world.log.openCases.isEmpty && vault.coverage(of: QuorumWorld.gone.node) == .gone, "\(note), back")
    let pair = RootPair(epoch: vault.epoch, rootPageHash: vault.rootPageHash)
    for (place, medium) in world.media.enumerated() {
      #expect(medium.labels.map(\.pair) == [pair] && medium.labels.map(\.index) == [place + 1], "\(note), back")
    }
  }

  /// Goes through the deaths of a set, and for each through the fates, or a sample of them.
  static func explore(_ threshold: Int, of count: Int, sampling share: Int) throws -> Int {
    let start = try QuorumWorld(threshold, of: count)
    var deaths = StopPoint.all.map { Death.action($0) }
    var number = 0
    while try dead(start, .change(.init(number: number, moment: .before, victim: .process))) != nil {
      for moment in CellScript.Moment.allCases {
        deaths += CellScript.Victim.allCases.map { .change(.init(number: number, moment: moment, victim: $0)) }
      }
      number += 1
    }
    #expect(number >= count * 2, "each cell is staged and retired")
    var sampler = SeededGenerator(seed: UInt64(threshold * 100 + count))
    var states = 0
    for death in deaths {
      guard let world = try dead(start, death) else { continue }
      for fates in fates(count) where Exhaustive.takes(oneIn: share, using: &sampler) {
        states += 1
        try restart(world, fates, "\(threshold) of \(count), \(death), \(fates)")
      }
    }
    return states
  }

  @Test(arguments: [(2, 3, 24), (1, 2, 10), (2, 2, 10), (3, 5, 900), (1, 1, 3)])
  func `P3 P4 P7 whatever stops a commit and however cells are found, nobody is lost and nobody is back`(
    threshold: Int, count: Int, share: Int
  ) throws {
    let states = try Self.explore(threshold, of: count, sampling: share)
    #expect(states >= Exhaustive.count(11, of: 11))
    if Exhaustive.isAsked { print("\(threshold) of \(count): \(states) states") }
  }
}
