public import LetheCrypto
public import LetheSystem

/// Tells one root from all others: two attempts at one epoch differ in the hash.
public struct RootPair: Hashable, Sendable {
  public let epoch: UInt64
  /// SHA-256 of the root page's bytes.
  public let rootPageHash: Digest

  public init(epoch: UInt64, rootPageHash: Digest) {
    self.epoch = epoch
    self.rootPageHash = rootPageHash
  }
}

/// What a share of a root says of itself in clear.
public struct ShareLabel: Hashable, Sendable {
  /// 16 bytes.
  public let storeID: [UInt8]
  public let pair: RootPair
  /// k: as many shares make the secret.
  public let threshold: Int
  /// n: as many shares there are.
  public let shareCount: Int
  /// From 1 to n.
  public let index: Int
  /// Which home the cell belongs to. Nil in a slot of the format before, which has no place for a claim.
  public let claim: CellClaim?

  public init(
    storeID: [UInt8], pair: RootPair, threshold: Int, shareCount: Int, index: Int, claim: CellClaim?
  ) {
    precondition(storeID.count == 16, "an id has 16 bytes")
    self.storeID = storeID
    self.pair = pair
    self.threshold = threshold
    self.shareCount = shareCount
    self.index = index
    self.claim = claim
  }

  /// Whether the slot has a place for a claim; a slot of the format before has none.
  public var carriesClaim: Bool { claim != nil }

  /// The same label with another claim.
  package func claimed(by claim: CellClaim?) -> ShareLabel {
    ShareLabel(
      storeID: storeID, pair: pair, threshold: threshold, shareCount: shareCount, index: index, claim: claim)
  }
}

/// A cell's share of a root secret. With a threshold of 1 the share is the secret itself.
public final class RootShare: Sendable {
  public static let secretByteCount = 32

  public let label: ShareLabel
  /// 32 bytes.
  public let secret: Secret

  public init(_ label: ShareLabel, secret: consuming Secret) {
    precondition(secret.count == Self.secretByteCount, "a share has 32 bytes")
    self.label = label
    self.secret = secret
  }

  public var storeID: [UInt8] { label.storeID }
  public var pair: RootPair { label.pair }
  public var threshold: Int { label.threshold }
  public var shareCount: Int { label.shareCount }
  public var index: Int { label.index }
  public var claim: CellClaim? { label.claim }
}

/// The smallest thing that must truly be erasable: holds a share of the vault's root secret.
///
/// All calls block. A cell that is away (a disk that is not mounted, a keeper that does not answer) throws at every call
/// and serves again when it is back: nothing is remembered of it but its level. `RootCellConformance` among the tests is
/// what every implementation passes.
public protocol RootCell: AnyObject, Sendable {
  /// `file`, …
  var kind: String { get }

  /// What it can promise at this moment.
  var level: CellLevel { get }

  /// Keeps a share besides that of `current`, durably. What else there is may be overwritten.
  ///
  /// The share is kept with its claim as given. A share of the format before becomes unclaimed
  /// (`CellClaim.unclaimed`), since what is staged always has a place for a claim.
  ///
  /// - Throws: `io`; the share of `current` is untouched even then. `refused` if `current` is not named and there is no
  ///   room besides what is kept; `missing-key` as at `readAll`.
  func stage(_ share: RootShare, besides current: RootPair?) throws(LetheError)

  /// All complete shares, read from the medium itself, of whatever store. What is torn is passed over.
  ///
  /// - Throws: `io`; `format` if a later version of Lethe wrote it; `missing-key` if it is sealed and what unseals it was
  ///   not given or is wrong.
  func readAll() throws(LetheError) -> [RootShare]

  /// What `readAll` would give, without the secrets and without what unseals them.
  ///
  /// - Throws: `io`; `format`.
  func labels() throws(LetheError) -> [ShareLabel]

  /// Destroys all shares but that of `pair`, complete or torn, for good; all of them if it is nil.
  ///
  /// - Throws: `refused` if the share to keep is not there, and nothing was destroyed; `io`.
  func retire(allBut pair: RootPair?) throws(LetheError) -> CellAnswer

  /// Keeps other processes from the cell, from now or from when it is back, until `release`. One that serves a single
  /// process anyway has nothing to do.
  ///
  /// - Throws: `locked` if another process keeps it.
  func hold(waiting patience: Duration) throws(LetheError)

  func release()
}

extension RootShare {
  /// What a cell keeps when this share is staged.
  package func staged() throws(LetheError) -> RootShare {
    label.carriesClaim ? self : RootShare(label.claimed(by: .unclaimed), secret: try secret.copy())
  }
}

extension RootCell {
  public func hold(waiting patience: Duration) throws(LetheError) {}
  public func release() {}
}
