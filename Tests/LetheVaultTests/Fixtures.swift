import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

let storeID = [UInt8](0..<16)

/// A vault, and all that a test needs to stop and open it again.
final class VaultHome {
  let pages: any PageStore
  let cell: any RootCell
  let random: SeededRandom
  var log = CommitLog()
  var vault: Vault?

  var logEpoch: UInt64 {
    get { log.epoch }
    set { log.epoch = newValue }
  }
  var openCases: Set<CaseID> {
    get { log.openCases }
    set { log.openCases = newValue }
  }
  var destroyed: [Destruction] { log.destroyed }

  init(pages: any PageStore = MemoryPageStore(), cell: any RootCell = MemoryRootCell(), seed: UInt64 = 1) {
    self.pages = pages
    self.cell = cell
    random = SeededRandom(seed: seed)
  }

  @discardableResult
  func create() throws -> Vault {
    let made = try Vault.create(pages: pages, cells: CellSet([cell]), storeID: storeID, random: random)
    logEpoch = made.advance.to
    vault = made.vault
    return made.vault
  }

  /// Opens it as after a start, and finishes what was left.
  @discardableResult
  func reopen() throws -> Vault {
    vault = nil
    let opened = try Vault.open(
      pages: pages, cells: CellSets(CellSet([cell])), storeID: storeID, random: random, logEpoch: logEpoch,
      openCases: openCases)
    try drive(opened.recovery, opened.vault)
    vault = opened.vault
    return opened.vault
  }

  /// Does all that is left of a commit; the store's part is to keep the log.
  func drive(_ commit: VaultCommit, _ vault: Vault, stopping: (CommitAction) -> Stop = { _ in .never }) throws {
    while let action = commit.next() {
      let stop = stopping(action)
      if stop == .before { return }
      try log.perform(action, of: commit, in: vault)
      if stop == .after { return }
    }
  }

  /// A whole commit; the cases are open from its beginning.
  @discardableResult
  func commit(_ request: CommitRequest) throws -> VaultCommit {
    let vault = try #require(vault)
    openCases.formUnion(request.punctures.compactMap(\.caseID))
    let commit = try vault.begin(request)
    try drive(commit, vault)
    return commit
  }

  enum Stop { case before, after, never }
}

/// What a log keeps of a vault's commits.
struct CommitLog {
  var epoch: UInt64 = 0
  var openCases: Set<CaseID> = []
  /// What was destroyed in cases that are done.
  var destroyed: [Destruction] = []

  /// Does an action: the vault's own by the vault, the store's here.
  mutating func perform(_ action: CommitAction, of commit: VaultCommit, in vault: Vault) throws {
    switch action {
    case .recordEpoch(let advance):
      #expect(advance.from == epoch && advance.to == epoch + 1)
      epoch = advance.to
    case .recordDestroyed(let destruction):
      openCases.subtract(destruction.punctures.compactMap(\.caseID))
      destroyed.append(destruction)
    default: try vault.perform(action, of: commit)
    }
  }
}

extension CellReport {
  /// Nil for a cell that was away.
  var erasedSlotCount: Int? {
    switch self {
    case .answered(let answer): answer.erasedSlotCount
    case .away: nil
    }
  }
}

extension Vault {
  /// The commitment of a living key; nil if it does not live.
  func commitment(_ kid: KeyID) throws -> Digest? {
    switch try lookup(kid) {
    case .living(let key): return key.commitment
    case .punctured: return nil
    case .pageMissing: throw LetheError(.missingKey, "page missing")
    }
  }
}

func caseID(_ number: UInt8) -> CaseID {
  CaseID([UInt8](repeating: number, count: 16))!
}

func digest(_ number: UInt64) -> Digest {
  var generator = SeededGenerator(seed: number)
  return Digest(generator.bytes(32))!
}

func forget(_ subject: SubjectIndex, _ number: UInt8 = 1) -> Puncture {
  Puncture(subject.node, cause: .forgetCase(caseID(number)))
}
