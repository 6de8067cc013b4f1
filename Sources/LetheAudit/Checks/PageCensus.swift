internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// Compares what the pages' shapes say lives with what the log says was destroyed; needs no key.
struct PageCensus {
  private let evidence: Evidence
  private let punctured: NodeMap<UInt64>

  init(_ evidence: Evidence, _ punctured: NodeMap<UInt64>) {
    self.evidence = evidence
    self.punctured = punctured
  }

  func run(_ shapes: VaultShapes, _ findings: inout Findings) {
    if let newest = evidence.epoch {
      if shapes.epoch != newest.to || Set(shapes.punctures) != Set(newest.punctures) {
        findings.add("the root page of epoch \(newest.to) destroyed other keys than the log says")
      }
    }
    for page in shapes.missingPages { findings.add("page \(page) of the vault is missing or was changed") }
    compareNodes(shapes, &findings)
    for plane in Plane.allCases { countLeaves(plane, shapes, &findings) }
    for shard in shapes.shards where shapes.coverage(of: KeyNode(shard.kid)) == .gone {
      findings.add("the key of directory shard \(shard.number) is gone")
    }
    // A page that is missing was told above.
    guard shapes.missingPages.isEmpty else { return }
    for (block, position) in evidence.blocks where shapes.livingNodes(.subjects, block) == nil {
      findings.add("position \(position): a block was opened that the vault does not have")
    }
  }

  private func compareNodes(_ shapes: VaultShapes, _ findings: inout Findings) {
    for node in Set(punctured.nodes).union(evidence.destroyed.nodes).sorted() {
      guard shapes.coverage(of: node) == .living else { continue }
      let position = punctured[node] ?? evidence.destroyed[node]?.position ?? 0
      findings.add("position \(position): keys were destroyed by the log, but the pages hold them")
    }
    for (kid, opening) in evidence.openings.sorted(by: { $0.value.position < $1.value.position }) {
      guard punctured.value(covering: kid) == nil, shapes.coverage(of: KeyNode(kid)) == .gone else { continue }
      findings.add("position \(opening.position): the key opened there is gone without a case")
    }
  }

  /// What lives and what was destroyed must together be all leaves of each block.
  private func countLeaves(_ plane: Plane, _ shapes: VaultShapes, _ findings: inout Findings) {
    var dead: [UInt64: Int] = [:]
    var last: KeyNode?
    // Nodes come by place, the larger first: one that lies below another follows it.
    for node in punctured.nodes where node.plane == plane {
      if let last, last.contains(node) { continue }
      dead[node.block, default: 0] += node.keyCount
      last = node
    }
    let all = KeyNode(plane: plane, block: 0, depth: 0, prefix: 0).keyCount
    for block in shapes.blocks(of: plane) {
      let living = (shapes.livingNodes(plane, block) ?? []).reduce(0) { $0 + $1.keyCount }
      let lost = all - living - (dead[block] ?? 0)
      guard lost > 0 else { continue }
      findings.add("block \(block) of plane \(plane.rawValue): \(lost) keys are gone without a case")
    }
  }
}
