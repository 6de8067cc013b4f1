import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@Suite struct PuncturedTreeTests {
  private static let leafCount = 1 << KeyNode.leafDepth

  private static func kid(_ leaf: Int) -> KeyID {
    KeyID(plane: .subjects, block: 2, subject: leaf >> 4, slot: leaf & 15)
  }

  private static func commitment(_ tree: PuncturedTree, _ leaf: Int) throws -> Digest? {
    guard let key = try tree.derive(kid(leaf)) else { return nil }
    return key.commitment
  }

  @Test(arguments: [0, 1, 2, 3, 1000, 8192, 16382, 16383])
  func `renewing gives other keys from a leaf on, and keeps those before it`(first: Int) throws {
    let random = SeededRandom(seed: 5)
    var tree = try PuncturedTree(plane: .subjects, block: 2, storeID: storeID, random: random)
    if first > 2 { tree = try #require(try tree.puncturing(KeyNode(Self.kid(1)))) }
    let renewed = try tree.renewing(from: Self.kid(first), random: random)
    let again = try renewed.renewing(from: Self.kid(first), random: random)
    for leaf in Set([0, 1, 2, 3, 4, 999, 1000, 1001, 8191, 8192, 16381, 16382, 16383, first]) {
      let before = try Self.commitment(tree, leaf)
      let after = [try Self.commitment(renewed, leaf), try Self.commitment(again, leaf)]
      if leaf < first {
        #expect(after == [before, before])
      } else {
        #expect(Set([before] + after).count == 3 && !after.contains(nil))
      }
    }
    #expect(renewed.shape == again.shape)
    #expect(renewed.livingNodes.reduce(0) { $0 + $1.keyCount } == Self.leafCount - (first > 2 ? 1 : 0))
    #expect(renewed.livingNodes == renewed.livingNodes.sorted())
  }

  /// A naive model: the set of leaves that live.
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `punctures remove exactly the leaves of their node`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let whole = try PuncturedTree(plane: .subjects, block: 2, storeID: storeID, random: SeededRandom(seed: seed))
    var tree = whole
    var living = Set(0..<Self.leafCount)
    for _ in 0..<40 {
      let depth = [0, 3, 9, 10, 10, 10, 12, 13, 14, 14, 14, 14].dropFirst(seed > 2 ? 2 : 1).randomElement(
        using: &generator)!
      // Near one another, so that nodes above and below earlier ones come up.
      let span = min(1 << depth, 1 << 6)
      let prefix = Int.random(in: 0..<span, using: &generator)
      let node = KeyNode(plane: .subjects, block: 2, depth: depth, prefix: prefix)
      let first = prefix << (KeyNode.leafDepth - depth)
      let leaves = Set(first..<first + node.keyCount)
      #expect(tree.reaches(node) == !living.isDisjoint(with: leaves))
      let next = try tree.puncturing(node)
      #expect((next == nil) == living.isDisjoint(with: leaves))
      if let next { tree = next }
      living.subtract(leaves)
      #expect(!tree.reaches(node))
    }
    let nodes = tree.livingNodes
    #expect(nodes == nodes.sorted() && nodes.reduce(0) { $0 + $1.keyCount } == living.count)
    for leaf in 0..<Self.leafCount {
      let isCovered = tree.covers(Self.kid(leaf))
      if isCovered != living.contains(leaf) { Issue.record("leaf \(leaf)") }
    }
    for _ in 0..<60 {
      let leaf = Int.random(in: 0..<1 << 12, using: &generator)
      let expected = living.contains(leaf) ? try Self.commitment(whole, leaf) : nil
      #expect(try Self.commitment(tree, leaf) == expected)
    }
  }

  @Test func `a puncture that has no effect says so`() throws {
    let tree = try PuncturedTree(plane: .subjects, block: 2, storeID: storeID, random: SeededRandom())
    let subject = SubjectIndex(block: 2, subject: 77)
    let next = try #require(try tree.puncturing(subject.node))
    #expect(try next.puncturing(subject.node) == nil)
    #expect(try next.puncturing(KeyNode(subject.kid(slot: 4))) == nil)
    #expect(next.livingNodes.count == 10)
  }

  @Test func `a whole tree punctured at its root is empty`() throws {
    let tree = try PuncturedTree(plane: .subjects, block: 2, storeID: storeID, random: SeededRandom())
    let empty = try #require(try tree.puncturing(KeyNode(plane: .subjects, block: 2, depth: 0, prefix: 0)))
    #expect(empty.livingNodes.isEmpty && !empty.covers(Self.kid(0)) && empty.shape.count == 0)
    #expect(try empty.derive(Self.kid(16383)) == nil)
  }

  @Test func `a key of another block or plane is not covered`() throws {
    let tree = try PuncturedTree(plane: .subjects, block: 2, storeID: storeID, random: SeededRandom())
    #expect(!tree.covers(.facts))
    #expect(try tree.derive(SubjectIndex(block: 3, subject: 0).kid(slot: 0)) == nil)
    #expect(!tree.reaches(SubjectIndex(block: 3, subject: 0).node))
  }

  /// 1 % of all subjects forgotten: about 60 nodes a block and 2 bytes a subject.
  @Test func `a block with one subject in a hundred forgotten holds about sixty nodes`() throws {
    var generator = SeededGenerator(seed: 8)
    var nodes = 0
    for block in 0..<20 as Range<UInt64> {
      var tree = try PuncturedTree(plane: .subjects, block: block, storeID: storeID, random: SeededRandom())
      for subject in (0..<1024).shuffled(using: &generator).prefix(10) {
        if let next = try tree.puncturing(SubjectIndex(block: block, subject: subject).node) { tree = next }
      }
      nodes += tree.livingNodes.count
    }
    #expect((55 * 20...66 * 20).contains(nodes))
  }
}
