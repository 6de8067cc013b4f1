import LetheCrypto
import LetheSystem
import LetheTesting
import Synchronization
import Testing

@testable import LetheVault

/// All that outlives a process: media of cells, pages, the log; and what an adversary hoards.
struct QuorumWorld {
  static let gone = SubjectIndex(block: 0, subject: 9)
  static let samples =
    [KeyID.lookup, gone.kid(slot: 0), gone.kid(slot: 3)]
    + (0..<4).map { SubjectIndex(block: 1, subject: $0).kid(slot: 1) }
  static let request = CommitRequest(punctures: [forget(gone, 1)], touchedShards: [0])

  let threshold: Int
  var media: [CellMedium]
  var pages: MemoryPageStore
  /// Every row that was ever written.
  var hoard: [PageRow] = []
  var log = CommitLog()
  var seed: UInt64 = 1
  /// The cells as they were before the forget.
  var oldMedia: [CellMedium] = []
  var before: [Digest?] = []

  /// A new vault, and the forget begun.
  init(_ threshold: Int, of count: Int) throws {
    self.threshold = threshold
    media = (0..<count).map { _ in CellMedium() }
    pages = MemoryPageStore()
    let made = try Vault.create(
      pages: pages, cells: CellSet(media.map { StoredCell($0) }, threshold: threshold), storeID: storeID,
      random: SeededRandom(seed: 7))
    log.epoch = made.advance.to
    before = try Self.samples.map { try made.vault.commitment($0) }
    oldMedia = media.map { $0.copy() }
    log.openCases = [caseID(1)]
    hoard = pages.rows()
  }

  /// Another world that goes on from here.
  func copy() -> QuorumWorld {
    var next = self
    next.media = media.map { $0.copy() }
    next.pages = MemoryPageStore(pages.rows())
    next.seed += 1
    return next
  }

  /// A process that opens the vault.
  mutating func open(
    script: CellScript = CellScript(), away: Set<Int> = []
  ) throws -> (vault: Vault, recovery: VaultCommit, cells: [StoredCell]) {
    seed += 1
    let cells = media.enumerated().map { StoredCell($0.element, script: script, isAway: away.contains($0.offset)) }
    let opened = try Vault.open(
      pages: pages, cells: CellSets(CellSet(cells, threshold: threshold)), storeID: storeID,
      random: SeededRandom(seed: seed), logEpoch: log.epoch, openCases: log.openCases)
    return (opened.vault, opened.recovery, cells)
  }

  /// Does what is left of a commit; the store's part is to keep the log.
  mutating func drive(
    _ commit: VaultCommit, _ vault: Vault, script: CellScript = CellScript(), stop: StopPoint? = nil
  ) throws {
    while let action = commit.next() {
      try script.checkAlive()
      if stop?.stop(action) == .before { throw LetheError(.io, "the process has ended") }
      try log.perform(action, of: commit, in: vault)
      try script.checkAlive()
      if action.kind == .writePages { hoard += pages.rows() }
      if stop?.stop(action) == .after { throw LetheError(.io, "the process has ended") }
    }
  }

  /// What the store does at a start: finishes the commit, settles, and finishes the forget if it can.
  mutating func start(script: CellScript = CellScript(), away: Set<Int> = []) throws -> Vault {
    let (vault, recovery, _) = try open(script: script, away: away)
    try drive(recovery, vault, script: script)
    if !log.openCases.isEmpty { try finishForget(vault) }
    return vault
  }

  /// The rule of the store: keys that are gone are recorded as destroyed once the cells have settled, others are
  /// destroyed by a commit; what waits for a cell waits on.
  mutating func finishForget(_ vault: Vault) throws {
    do {
      switch vault.coverage(of: Self.gone.node) {
      case .gone:
        let reports = try vault.retireOthers()
        log.destroyed.append(
          Destruction(epoch: vault.epoch, punctures: [forget(Self.gone, 1)], reports: reports))
        log.openCases = []
      case .living:
        let commit = try vault.begin(Self.request)
        try drive(commit, vault)
      case .pageMissing: Issue.record("a page is missing")
      }
    } catch let error as LetheError {
      guard error.code == .io, vault.holdup != nil else { throw error }
    }
  }

  // MARK: What must hold

  /// Roots of which k shares lie in the cells, away or not, and open their root page in the hoard.
  func liveRoots() throws -> [Root] {
    let shares = media.flatMap { $0.shares.withLock { $0 } }
    return try Root.all(of: shares)
  }

  /// Whether somebody with every page ever written, all that lies in the cells, and old copies of some, reaches a key of
  /// the forgotten.
  func adversaryReachesGone(withOld old: [Int]) throws -> Bool {
    let shares = media.flatMap { $0.shares.withLock { $0 } } + old.flatMap { oldMedia[$0].shares.withLock { $0 } }
    let closure = try KeyClosure(rows: hoard, roots: try Root.all(of: shares), storeID: storeID)
    return try closure.dataKey(Self.gone.kid(slot: 3)) != nil
  }

  /// What holds after every start that served.
  func checkServing(_ vault: Vault, _ note: String) throws {
    #expect(vault.epoch == log.epoch, "\(note)")
    for (kid, commitment) in zip(Self.samples, before) {
      let isGone = Self.gone.node.contains(kid)
      let found = try vault.commitment(kid)
      if isGone, log.openCases.isEmpty {
        #expect(found == nil, "\(note)")
      } else if !isGone {
        #expect(found == commitment, "\(note)")
      }
    }
    try checkSafety(note)
  }

  /// Shares of the first root that are in the cells.
  var oldShareCount: Int { media.count { medium in medium.labels.contains { $0.pair.epoch == 1 } } }

  /// What holds at every moment.
  func checkSafety(_ note: String) throws {
    #expect(try liveRoots().count <= 2, "\(note)")
    guard log.openCases.isEmpty else { return }
    #expect(log.destroyed.count == 1, "\(note)")
    #expect(try liveRoots().filter { $0.pair.epoch < 2 }.isEmpty, "\(note)")
    #expect(try !adversaryReachesGone(withOld: []), "\(note)")
  }
}
