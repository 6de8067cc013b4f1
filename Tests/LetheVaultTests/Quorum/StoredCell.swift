import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization

/// What lies in a cell, whoever has it open.
final class CellMedium: Sendable {
  let shares: Mutex<[RootShare]>

  init(_ shares: [RootShare] = []) { self.shares = Mutex(shares) }

  func copy() -> CellMedium { CellMedium(shares.withLock { $0 }) }

  var labels: Set<ShareLabel> { Set(shares.withLock { $0 }.map(\.label)) }
}

/// Changes of all the cells of a process, counted, and where the process dies, or the cell that is being changed goes away.
final class CellScript: Sendable {
  enum Victim: Sendable, CaseIterable { case process, cell }

  enum Moment: Sendable, CaseIterable {
    case before
    case after
    /// In the midst: a share that is staged is not whole, one that is erased is gone, another one is still there.
    case torn
  }

  struct Stop: Sendable {
    let number: Int
    let moment: Moment
    let victim: Victim
  }

  private let state: Mutex<(count: Int, isDead: Bool)>
  private let stop: Stop?

  init(stop: Stop? = nil) {
    state = Mutex((0, false))
    self.stop = stop
  }

  /// Whether there were so many changes that the stop came.
  var hasStopped: Bool { state.withLock { state in stop.map { $0.number < state.count } ?? false } }
  var isDead: Bool { state.withLock { $0.isDead } }

  func checkAlive() throws(LetheError) {
    if isDead { throw LetheError(.io, "the process has ended") }
  }

  /// Does a change, or part of it.
  func change(_ cell: StoredCell, _ body: (Moment?) throws(LetheError) -> Void) throws(LetheError) {
    let moment: Moment? = try state.withLock { (state) throws(LetheError) in
      if state.isDead { throw LetheError(.io, "the process has ended") }
      defer { state.count += 1 }
      guard let stop, stop.number == state.count else { return nil }
      switch stop.victim {
      case .process: state.isDead = true
      case .cell: cell.isAway = true
      }
      return stop.moment
    }
    if moment != .before { try body(moment) }
    if moment != nil { throw LetheError(.io, "the process or the cell has gone") }
  }
}

/// A cell on a medium that may be away.
final class StoredCell: RootCell {
  let medium: CellMedium
  private let script: CellScript
  private let isAwayNow: Mutex<Bool>

  init(_ medium: CellMedium, script: CellScript = CellScript(), isAway: Bool = false) {
    self.medium = medium
    self.script = script
    isAwayNow = Mutex(isAway)
  }

  var isAway: Bool {
    get { isAwayNow.withLock { $0 } }
    set { isAwayNow.withLock { $0 = newValue } }
  }

  var kind: String { "test" }
  var level: CellLevel { CellLevel(.l0, "it is made for tests") }

  private func reach() throws(LetheError) {
    try script.checkAlive()
    if isAway { throw LetheError(.io, "the disk is not there") }
  }

  func stage(_ share: RootShare, besides current: RootPair?) throws(LetheError) {
    try reach()
    try script.change(self) { (moment) throws(LetheError) in
      try medium.shares.withLock { (shares) throws(LetheError) in
        let kept = shares.filter { $0.pair == current }
        guard !kept.isEmpty || shares.count < 2 else { throw LetheError(.refused, "full") }
        shares = (kept.isEmpty ? shares : kept) + (moment == .torn ? [] : [share])
      }
    }
  }

  func readAll() throws(LetheError) -> [RootShare] {
    try reach()
    return medium.shares.withLock { $0 }
  }

  func labels() throws(LetheError) -> [ShareLabel] { try readAll().map(\.label) }

  func retire(allBut pair: RootPair?) throws(LetheError) -> CellAnswer {
    try reach()
    let before = medium.shares.withLock { $0 }
    guard pair == nil || before.contains(where: { $0.pair == pair }) else { throw LetheError(.refused, "not there") }
    let going = before.filter { $0.pair != pair }
    if !going.isEmpty {
      try script.change(self) { (moment) throws(LetheError) in
        medium.shares.withLock { shares in
          shares = shares.filter { share in
            share.pair == pair || moment == .torn && going.count > 1 && share === going[1]
          }
        }
      }
    }
    return CellAnswer(kind: kind, level: level, erasedSlotCount: going.count, proof: .readBack)
  }
}
