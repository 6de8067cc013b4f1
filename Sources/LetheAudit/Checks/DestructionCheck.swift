internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// A10: nobody was shredded outside a case. What the epochs destroyed, by the log, is what approved cases named, and what
/// the pages no longer hold is exactly what the epochs destroyed.
struct DestructionCheck {
  private let evidence: Evidence
  private var findings = Findings()
  /// Nodes that an epoch destroyed, with the position that says so first.
  private var punctured = NodeMap<UInt64>()
  private var starts: [CaseID: [Evidence.Found<ForgetStart>]] = [:]
  private var approvedStarts: [CaseID: [Evidence.Found<ForgetStart>]] = [:]
  /// Where each epoch is recorded.
  private var epochs: [UInt64: UInt64] = [:]
  /// Key ids that were opened, ascending.
  private let opened: [KeyID]
  /// Cases that a restore recovered from the pages, and those of them that a later step confirmed.
  private var recovered = (all: 0, confirmed: 0)

  /// With the shapes of the newest epoch's pages.
  static func run(_ evidence: Evidence, _ shapes: VaultShapes) -> AuditCheck {
    var check = DestructionCheck(evidence)
    check.compareLog()
    PageCensus(evidence, check.punctured).run(shapes, &check.findings)
    return check.findings.check(.destruction, check.summary)
  }

  /// Where there are no pages to compare with, as in a copy of the log alone: what the log says can still fail.
  static func run(_ evidence: Evidence, without reason: String) -> AuditCheck {
    var check = DestructionCheck(evidence)
    check.compareLog()
    guard check.findings.isEmpty else { return check.findings.check(.destruction, "") }
    return CheckKind.destruction.unmade("\(reason); what the log says agrees: \(check.summary)")
  }

  /// Without pages that can be read, which is a finding of its own.
  static func run(_ evidence: Evidence, unreadable error: LetheError) -> AuditCheck {
    var check = DestructionCheck(evidence)
    check.findings.add(error)
    check.compareLog()
    return check.findings.check(.destruction, "")
  }

  private init(_ evidence: Evidence) {
    self.evidence = evidence
    opened = evidence.openings.keys.sorted()
  }

  private var summary: String {
    let causes = evidence.punctures.map(\.puncture.cause)
    let byCase = causes.count { if case .forgetCase = $0 { true } else { false } }
    let finished = Set(evidence.destructions.map(\.statement.caseID))
    let open = Set(evidence.starts.map(\.statement.caseID)).subtracting(finished).count
    return
      "\(finished.count) cases, \(open) under way; \(evidence.advances.count) epochs destroyed \(byCase) nodes for "
      + "cases, \(causes.count { $0 == .shard }) of shards, \(causes.count { $0 == .seal }) never used"
      + (recovered.all == 0 ? "" : "; \(recovered.confirmed) forgets recovered after a restore, all confirmed")
  }

  private mutating func compareLog() {
    for start in evidence.starts {
      starts[start.statement.caseID, default: []].append(start)
      checkStart(start)
    }
    for advance in evidence.advances { epochs[advance.statement.to] = advance.position }
    for (puncture, _, position) in evidence.punctures {
      check(puncture, at: position)
      if punctured[puncture.node] == nil { punctured[puncture.node] = position }
    }
    for destruction in evidence.destructions { checkDestruction(destruction) }
  }

  /// The approval that a start names must stand at its place, cover the same extent and be the case's newest word.
  private mutating func checkStart(_ start: Evidence.Found<ForgetStart>) {
    let fact = start.statement
    guard fact.provenance == .original else {
      checkRecovered(start)
      return
    }
    let steps = (evidence.steps[fact.caseID] ?? []).filter { $0.position < start.position }
    let approval = steps.last { $0.position == fact.approval }?.statement
    let later = steps.filter { $0.position > fact.approval }
    guard approval?.state == .approved, approval?.extent == fact.extent,
      later.allSatisfy({ $0.statement.state == .executing })
    else {
      findings.add("position \(start.position): case \(fact.caseID) began to destroy keys without an approval of that")
      return
    }
    guard fact.nodes.allSatisfy({ $0.plane == .subjects && $0.depth >= KeyNode.subjectDepth }) else {
      findings.add("position \(start.position): case \(fact.caseID) names what no case may destroy")
      return
    }
    approvedStarts[fact.caseID, default: []].append(start)
  }

  /// The pages show that the keys went; that somebody meant them to is for a later step of the case to say.
  private mutating func checkRecovered(_ start: Evidence.Found<ForgetStart>) {
    let fact = start.statement
    recovered.all += 1
    approvedStarts[fact.caseID, default: []].append(start)
    let isConfirmed = (evidence.steps[fact.caseID] ?? []).contains {
      $0.position > start.position && $0.statement.state == .approved
    }
    guard !isConfirmed else {
      recovered.confirmed += 1
      return
    }
    findings.add(
      "position \(start.position): case \(fact.caseID) was recovered after a restore and nobody has confirmed it; see "
        + "`lethe forget confirm`")
  }

  private mutating func check(_ puncture: Puncture, at position: UInt64) {
    switch puncture.cause {
    case .forgetCase(let id):
      let isApproved = approvedStarts[id]?.contains {
        $0.position < position && $0.statement.nodes.contains(puncture.node)
      }
      if isApproved != true {
        findings.add("position \(position): keys were destroyed for case \(id), which nobody approved for them")
      }
    case .shard:
      if puncture.node.plane != .shards {
        findings.add("position \(position): keys that are no shard's were destroyed as a shard's")
      }
    case .seal:
      if puncture.node.plane != .subjects || wasOpened(below: puncture.node) {
        findings.add("position \(position): keys that were in use were destroyed as never used")
      }
    }
  }

  private func wasOpened(below node: KeyNode) -> Bool {
    let place = opened.firstPlace(notBefore: { $0 < node.firstKid })
    return place < opened.count && node.contains(opened[place])
  }

  private mutating func checkDestruction(_ destruction: Evidence.Found<KeysDestruction>) {
    let fact = destruction.statement
    let place = "position \(destruction.position): case \(fact.caseID)"
    let hasBegun = starts[fact.caseID]?.contains {
      $0.position < destruction.position && $0.statement.nodes.sorted() == fact.nodes.sorted()
    }
    if hasBegun != true { findings.add("\(place) ended without having begun for the same keys") }
    let isRecorded = (epochs[fact.epoch] ?? .max) < destruction.position
    let areGone = fact.nodes.allSatisfy { (punctured.value(covering: $0) ?? .max) < destruction.position }
    if !isRecorded || !areGone { findings.add("\(place) ended, but no epoch before destroyed its keys") }
  }
}
