import LetheTesting
import LetheVault
import Testing

@testable import LetheStore

@Suite struct UnassignedNodesTests {
  @Test(arguments: [0, 1, 2, 5, 300, 1000, 1023, 1024])
  func `the nodes cover whom nobody was given, nobody else, and are as large as can be`(count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    let given = Set((0..<1024).shuffled(using: &generator).prefix(count))
    // Neighbours in other blocks must not count.
    let registered =
      [SubjectIndex(block: 6, subject: 1023)] + given.sorted().map { SubjectIndex(block: 7, subject: $0) }
      + [SubjectIndex(block: 8, subject: 0)]
    let nodes = UnassignedNodes(besides: registered).nodes(ofBlock: 7)
    #expect(nodes == nodes.sorted() && nodes.allSatisfy { $0.depth <= KeyNode.subjectDepth })
    for subject in 0..<1024 {
      let covering = nodes.count { $0.contains(SubjectIndex(block: 7, subject: subject).node) }
      #expect(covering == (given.contains(subject) ? 0 : 1))
    }
    for node in nodes where node.depth > 0 {
      #expect(!nodes.contains(KeyNode(plane: .subjects, block: 7, depth: node.depth, prefix: node.prefix ^ 1)))
    }
    if count == 0 { #expect(nodes.map(\.depth) == [0]) }
  }
}
