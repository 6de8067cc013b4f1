internal import LetheCrypto
internal import LetheSystem
internal import LetheVault

/// The epochs that a log lacks and the forgets in them, as the pages tell.
///
/// A root page names what its epoch destroyed, with case and cause. Where no copy has it, what is gone by the current pages
/// and by no epoch that is known is put down to the gap: keys that the log knows as those of a subject, to a case with a
/// number of its own; all other keys as never used.
struct RecoveredEpochs {
  /// Ascending, without a gap between them.
  let advances: [EpochAdvance]
  /// Tombstones of cases that the log does not know to have begun.
  let starts: [ForgetStart]
  /// Epochs whose root page no copy has.
  let unknownEpochs: [UInt64]

  init(_ chain: EpochChain, _ index: LogIndex, _ random: any RandomSource) throws(LetheError) {
    var advances = chain.advances
    unknownEpochs = chain.unknownEpochs
    if let place = advances.lastIndex(where: \.isGap) {
      let known = index.forgets.punctures.map(\.puncture.node) + advances.flatMap { $0.punctures.map(\.node) }
      var unexplained = try UnexplainedNodes(chain.shapes, known: known, registered: index.allSubjects())
      advances[place] = .gap(
        from: advances[place].from, to: advances[place].to, punctures: try unexplained.punctures(random))
    }
    self.advances = advances
    var nodes: [CaseID: [KeyNode]] = [:]
    var order: [CaseID] = []
    for puncture in advances.flatMap(\.punctures) {
      guard let id = puncture.caseID, index.forgets.cases[id]?.start == nil else { continue }
      if nodes[id] == nil { order.append(id) }
      nodes[id, default: []].append(puncture.node)
    }
    starts = order.map { .recovered($0, (nodes[$0] ?? []).sorted()) }
  }
}

/// Nodes below which nothing lives, though nothing that is known destroyed them.
private struct UnexplainedNodes {
  private let shapes: VaultShapes
  private let known: [KeyNode]
  /// Ascending.
  private let registered: [SubjectIndex]
  private var cases: [SubjectIndex: CaseID] = [:]

  init(_ shapes: VaultShapes, known: [KeyNode], registered: [SubjectIndex]) {
    self.shapes = shapes
    self.known = known
    self.registered = registered.sorted()
  }

  mutating func punctures(_ random: any RandomSource) throws(LetheError) -> [Puncture] {
    var found: [Puncture] = []
    for plane in [Plane.subjects, .shards] {
      for block in shapes.blocks(of: plane) {
        let dead = shapes.deadNodes(plane, block) ?? []
        let explained = known.filter { $0.plane == plane && $0.block == block }
        var open = Array(dead.reversed())
        while let node = open.popLast() {
          if explained.contains(where: { $0.contains(node) }) { continue }
          if let cause = try cause(of: node, explained, random) {
            found.append(Puncture(node, cause: cause))
          } else {
            open += [node.half(1), node.half(0)]
          }
        }
      }
    }
    return found.sorted()
  }

  /// Nil if the node is to be looked at by halves.
  private mutating func cause(
    of node: KeyNode, _ explained: [KeyNode], _ random: any RandomSource
  ) throws(LetheError) -> PunctureCause? {
    if explained.contains(where: { node.contains($0) }) { return nil }
    guard node.plane == .subjects else { return .shard }
    guard let first = SubjectIndex(node.firstKid) else { return nil }
    let last = first.rawValue + UInt64(max(node.keyCount / KeyID.slotLimit, 1))
    let isRegistered = registered.contains { $0.rawValue >= first.rawValue && $0.rawValue < last }
    guard isRegistered else { return .seal }
    guard node.depth >= KeyNode.subjectDepth else { return nil }
    if let id = cases[first] { return .forgetCase(id) }
    let id = try CaseID.random(from: random)
    cases[first] = id
    return .forgetCase(id)
  }
}

extension KeyNode {
  fileprivate func half(_ side: Int) -> KeyNode {
    KeyNode(plane: plane, block: block, depth: depth + 1, prefix: prefix * 2 + side)
  }
}
