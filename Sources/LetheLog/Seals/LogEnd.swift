internal import LetheCrypto

/// Decides how far to believe the end of a log, from the groups that a scan finds there.
///
/// This is a pure state machine. It believes what the store wrote last at each position, whatever a crash left half written
/// and whatever an adversary put there.
struct LogEnd {
  /// One group, or the remains of one, as a scan found it.
  struct Found {
    enum Seal {
      /// The store made it for this log's origin.
      case genuine(GroupSeal)
      case forged
      case missing
    }

    let seal: Seal
    /// Whether all records that the seal names are whole and lead to its root.
    let hasRecords: Bool
  }

  enum Verdict: Equatable {
    case whole
    /// A crash tore the last group. Cut it off.
    case torn
    /// Somebody else wrote there, or the store itself at another time. Set it aside.
    case foreign
    /// Refuse the log.
    case damaged(Damage)
  }

  enum Damage: Equatable {
    /// A later seal says that the missing records were durable.
    case durableGroupIsMissing
    /// A genuine seal continues other records than these.
    case rootDiffers
    /// The log has fewer records than the checkpoint covers.
    case signedRecordsAreMissing
    case signedRootDiffers
  }

  /// The only origin and run whose groups count behind the checkpoint; nil if all do.
  private let counted: (origin: Digest, run: UInt64)?
  private let signed: (size: UInt64, root: Digest)
  /// The end of the believed records, and the tree's root there.
  private(set) var believed: (end: UInt64, root: Digest)
  private var isBroken = false
  private var hasForeign = false
  private var damage: Damage?
  /// The root at the checkpoint's size; nil until that many records are believed.
  private var rootAtSigned: Digest?

  /// - Parameters:
  ///   - counted: SHA-256 of the log's present origin and the number of the last opening that appended; nil counts all.
  ///   - signed: the size and root of the newest checkpoint.
  ///   - start: the position from which groups will be given, and the tree's root there.
  init(
    counting counted: (origin: Digest, run: UInt64)?, signed: (size: UInt64, root: Digest),
    from start: (end: UInt64, root: Digest)
  ) {
    (self.counted, self.signed, believed) = (counted, signed, start)
    if start.end == signed.size { rootAtSigned = start.root }
  }

  /// Takes the next group.
  mutating func take(_ found: Found) {
    guard damage == nil else { return }
    switch found.seal {
    case .forged: hasForeign = true
    // Without a seal this may be a torn write. The groups behind it tell.
    case .missing: isBroken = true
    case .genuine(let seal): take(seal, found.hasRecords)
    }
  }

  private mutating func take(_ seal: GroupSeal, _ hasRecords: Bool) {
    let isStaleCopy = seal.first < believed.end
    let isCounted = counted.map { seal.run == $0.run && seal.origin == $0.origin } ?? true
    let isOfOtherRun = !isCounted && believed.end >= signed.size
    guard !isStaleCopy, !isOfOtherRun else {
      hasForeign = true
      return
    }
    if seal.first > believed.end {
      // The seal tells whether a crash can have made the break before it.
      if seal.durable > believed.end { damage = .durableGroupIsMissing }
      isBroken = true
    } else if seal.rootBefore != believed.root {
      damage = .rootDiffers
    } else if !hasRecords {
      isBroken = true
    } else {
      // Whatever broke the log before it, nothing of the log is missing there.
      believed = (seal.end, seal.rootAfter)
      if believed.end == signed.size { rootAtSigned = believed.root }
    }
  }

  /// What to do with the log, after all groups were taken.
  var verdict: Verdict {
    if let damage { return .damaged(damage) }
    guard believed.end >= signed.size else { return .damaged(.signedRecordsAreMissing) }
    guard rootAtSigned == signed.root else { return .damaged(.signedRootDiffers) }
    return hasForeign ? .foreign : isBroken ? .torn : .whole
  }
}
