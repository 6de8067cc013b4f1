internal import LetheCrypto
internal import LetheVault

/// The forget cases as the log tells them, and what they did to key ids.
struct ForgetLedger {
  /// One case.
  struct Entry {
    var steps: [(step: CaseStep, position: UInt64)] = []
    var start: (fact: ForgetStart, position: UInt64)?
    var destruction: (fact: KeysDestruction, position: UInt64)?

    /// `ForgetStarted` stands in the log and `KeysDestroyed` does not.
    var isOpen: Bool { start != nil && destruction == nil }
  }

  private(set) var cases: [CaseID: Entry] = [:]
  /// Every puncture of every epoch, in order.
  private(set) var punctures: [(puncture: Puncture, epoch: UInt64, position: UInt64)] = []

  /// Every `ForgetStarted`, in order.
  private(set) var starts: [(fact: ForgetStart, position: UInt64)] = []

  /// Where the newest `ForgetStarted` or `KeysDestroyed` stands: what was opened while more records than these were durable
  /// is as it would be opened now.
  private(set) var newestStep: UInt64?

  private var started: [KeyNode: CaseID] = [:]
  private var destroyed: [KeyNode: CaseID] = [:]
  /// The depths at which nodes were named; a look-up asks at these alone.
  private var depths: Set<Int> = []

  mutating func apply(_ step: CaseStep, at position: UInt64) {
    cases[step.caseID, default: Entry()].steps.append((step, position))
  }

  mutating func apply(_ start: ForgetStart, at position: UInt64) {
    cases[start.caseID, default: Entry()].start = (start, position)
    starts.append((start, position))
    newestStep = position
    for node in start.nodes {
      started[node] = start.caseID
      depths.insert(node.depth)
    }
  }

  mutating func apply(_ advance: EpochAdvance, at position: UInt64) {
    for puncture in advance.punctures { punctures.append((puncture, advance.to, position)) }
  }

  mutating func apply(_ destruction: KeysDestruction, at position: UInt64) {
    cases[destruction.caseID, default: Entry()].destruction = (destruction, position)
    newestStep = position
    for node in destruction.nodes {
      destroyed[node] = destruction.caseID
      depths.insert(node.depth)
    }
  }

  /// The case whose `KeysDestroyed` names a node that covers the key id.
  func destroyer(of kid: KeyID) -> CaseID? { find(kid, in: destroyed) }

  /// The case whose `ForgetStarted`, but not yet `KeysDestroyed`, names a node that covers the key id.
  ///
  /// - Parameter end: facts from this position on do not count. Readers give the log's durable end: a tombstone that a
  ///   crash may still take back must not have anything skipped.
  func pendingForget(of kid: KeyID, before end: UInt64 = .max) -> CaseID? {
    guard let id = find(kid, in: started), let entry = cases[id], entry.isOpen, let start = entry.start,
      start.position < end
    else { return nil }
    return id
  }

  /// Cases that were started and not finished, oldest first.
  var open: [ForgetStart] {
    cases.values.filter(\.isOpen).compactMap(\.start).sorted { $0.position < $1.position }.map(\.fact)
  }

  private func find(_ kid: KeyID, in nodes: [KeyNode: CaseID]) -> CaseID? {
    guard !nodes.isEmpty else { return nil }
    for depth in depths {
      if let id = nodes[kid.node(atDepth: depth)] { return id }
    }
    return nil
  }
}
