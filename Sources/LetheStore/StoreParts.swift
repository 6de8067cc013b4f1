package import LetheCrypto
package import LetheLog
internal import LethePolicies
public import LetheSystem
package import LetheVault
internal import Synchronization

/// What a running store is made of; shared by its writer and its readers.
struct StoreParts: Sendable {
  let home: Home
  let world: World
  let log: FileLog
  let vault: Vault
  let keys: KeyRing
  let lookups: LookupKeys
  let directory: Directory
  let names: StreamNames
  let policies: Policies
  let identity: SigningIdentity
  let signingKey: SigningKey
  /// What the writer plans with and readers look up; only the writer changes it.
  let state: ReaderWriterLock<StoreState>
  /// Only the writer changes it.
  let places: SharedPlaces

  var storeID: [UInt8] { identity.storeID }
}

/// Time, randomness and files, injected so that a test can stop the world.
public struct World: Sendable {
  public private(set) var files: any FileSystem
  public let clock: any WallClock
  public let random: any RandomSource
  /// The file that has the passphrase of sealed cells in its first line; nil if none is named.
  package let passphraseFile: String?
  /// Asks for it where no file is named; nil if there is nobody to ask.
  package let passphrasePrompt: (any PassphrasePrompt)?
  /// What new sealed slots cost to open with a passphrase.
  package let sealingCost: Scrypt.Cost
  /// What the log's files are like.
  package let logOptions: LogOptions
  /// Told before and after each step of a vault commit; a throw stops the store there, as a crash would.
  package let observer: CommitObserver?
  let pipedSecrets = PipedSecrets()

  /// The environment's name for the file that has the passphrase of sealed cells in its first line.
  public static let passphraseVariable = "LETHE_CELL_PASSPHRASE_FILE"

  public init() { self.init(observer: nil) }

  /// The world of a process.
  ///
  /// - Parameter passphraseFile: as the environment names it.
  public init(passphraseFile: String?) { self.init(passphraseFile: passphraseFile, observer: nil) }

  /// The same, with somebody to ask where no file is named.
  package init(passphraseFile: String?, asking prompt: (any PassphrasePrompt)?) {
    self.init(passphraseFile: passphraseFile, passphrasePrompt: prompt, observer: nil)
  }

  package init(
    files: any FileSystem = LocalFileSystem(), clock: any WallClock = SystemClock(),
    random: (any RandomSource)? = nil, passphraseFile: String? = nil, passphrasePrompt: (any PassphrasePrompt)? = nil,
    sealingCost: Scrypt.Cost = .usual, logOptions: LogOptions = .usual, observer: CommitObserver? = nil
  ) {
    self.files = files
    self.clock = clock
    self.random = random ?? SystemRandom()
    self.passphraseFile = passphraseFile
    self.passphrasePrompt = passphrasePrompt
    self.sealingCost = sealingCost
    self.logOptions = logOptions
    self.observer = observer
  }

  /// The same world, in which nothing that is written reaches a disk.
  func overlaid() -> World {
    var world = self
    world.files = OverlayFiles(files)
    return world
  }
}

/// Called before and after each step of a vault commit.
package typealias CommitObserver = @Sendable (ObservedStep, CommitMoment) throws(LetheError) -> Void

/// A step at which a test can stop the world.
package enum ObservedStep: Sendable, Hashable {
  /// F1: `ForgetStarted` is appended.
  case tombstone
  case action(CommitAction.Kind)

  package static let all: [ObservedStep] = [.tombstone] + CommitAction.Kind.allCases.map { .action($0) }
}

package enum CommitMoment: Sendable, CaseIterable {
  case before
  case after
}

/// What the store knows beside log and directory: the index of the log's headers, and what the writer learned of streams
/// and subjects that it wrote to lately.
struct StoreState: ~Copyable {
  var index: LogIndex
  var slots = SlotBook()
  var tags = TagBook()
  var hot = HotStreams()
  var inFlight = InFlight()
  let nonces: NonceStock
  /// The store's key for facts; nil where nothing is planned.
  var factsKey: SealingKey?
  /// How many keep the fast path closed; one does until the store is open.
  var fastPathClosures = 1
  /// Changed under the lock under which the fast path decides, so that it overtakes none of them.
  var queued = QueuedStreams()
  /// The time of the newest group; within a run recorded times never go back.
  private var newest = Timestamp(microseconds: 0)

  init(index: LogIndex, random: any RandomSource) {
    self.index = index
    nonces = NonceStock(random)
  }

  /// A group without records, for whoever plans next.
  mutating func nextGroup(in world: World) -> GroupPlan {
    newest = max(newest, world.clock.now())
    return GroupPlan(recordedAt: newest, nonces: nonces, factsKey: factsKey)
  }

  /// Whether so much was learned that some of it is to be let go.
  var isLarge: Bool { index.isLarge || slots.isLarge || tags.isLarge }

  /// Lets go of what is much; all that was planned is durable.
  mutating func trim() {
    // They share what the others hold of their streams.
    hot.removeAll()
    index.trim()
    slots.trim()
    tags.trim()
  }
}

/// The places in force, behind a lock.
final class SharedPlaces: Sendable {
  private let places: Mutex<Places>

  init(_ places: Places) { self.places = Mutex(places) }

  func withLock<Outcome: Sendable>(_ body: (inout Places) -> Outcome) -> Outcome { places.withLock { body(&$0) } }
}
