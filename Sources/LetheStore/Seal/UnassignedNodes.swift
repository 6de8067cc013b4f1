internal import LetheSystem
internal import LetheVault

/// The largest nodes of a block of plane 0 below which no registered subject lies: whole blocks, runs of subjects, single
/// subjects. The unused slots of a registered subject are none of them, since they may be opened later.
struct UnassignedNodes {
  /// Ascending.
  private let registered: [SubjectIndex]

  /// - Parameter registered: ascending.
  init(besides registered: [SubjectIndex]) { self.registered = registered }

  /// In the order of their place.
  func nodes(ofBlock block: UInt64) -> [KeyNode] {
    var found: [KeyNode] = []
    var open = [KeyNode(plane: .subjects, block: block, depth: 0, prefix: 0)]
    while let node = open.popLast() {
      let count = registeredCount(below: node)
      if count == 0 {
        found.append(node)
      } else if count < node.subjectCount {
        for side in [1, 0] {
          open.append(KeyNode(plane: .subjects, block: block, depth: node.depth + 1, prefix: node.prefix * 2 + side))
        }
      }
    }
    return found
  }

  private func registeredCount(below node: KeyNode) -> Int {
    let first = SubjectIndex(block: node.block, subject: node.firstKid.subject).rawValue
    return place(of: first + UInt64(node.subjectCount)) - place(of: first)
  }

  /// How many are below a number.
  private func place(of number: UInt64) -> Int { registered.firstPlace(notBefore: { $0.rawValue < number }) }
}

extension KeyNode {
  /// Subjects below a node of depth 10 at most.
  var subjectCount: Int { keyCount / KeyID.slotLimit }
}
