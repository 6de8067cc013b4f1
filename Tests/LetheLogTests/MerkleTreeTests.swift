import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting
import Testing

@Suite struct MerkleTreeTests {
  private static func hashes(_ count: Int, seed: UInt64 = 1) -> [Digest] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in MerkleHash.leaf(generator.bytes(32)) }
  }

  private static func tree(_ hashes: [Digest]) -> MerkleTree {
    var tree = MerkleTree()
    for hash in hashes { tree.append(leafHash: hash) }
    return tree
  }

  /// Everything that can be asked of a tree, for one pair of sizes and some positions.
  private static func check(_ tree: MerkleTree, _ hashes: [Digest], first: Int, second: Int, positions: [Int]) throws {
    let leaves = { (range: Range<UInt64>) throws(LetheError) -> [Digest] in
      #expect(range.count <= 256)
      return Array(hashes[Int(range.lowerBound)..<Int(range.upperBound)])
    }
    let firstRoot = try tree.root(size: UInt64(first), leaves: leaves)
    let secondRoot = try tree.root(size: UInt64(second), leaves: leaves)
    #expect(firstRoot == naiveRoot(hashes.prefix(first)) && secondRoot == naiveRoot(hashes.prefix(second)))
    let consistency = try tree.consistencyProof(from: UInt64(first), to: UInt64(second), leaves: leaves)
    func verdict(_ proof: [Digest], _ firstRoot: Digest) -> MerkleProof.Verdict {
      MerkleProof.verifyConsistency(
        first: UInt64(first), firstRoot: firstRoot, second: UInt64(second), secondRoot: secondRoot, proof: proof)
    }
    #expect(verdict(consistency, firstRoot) == .proven)
    #expect(verdict(consistency + [firstRoot], firstRoot) != .proven)
    if first > 0 { #expect(verdict(consistency, .zero) != .proven) }
    if !consistency.isEmpty { #expect(verdict(consistency.dropLast(), firstRoot) != .proven) }
    for position in positions {
      let proof = try tree.inclusionProof(of: UInt64(position), in: UInt64(second), leaves: leaves)
      func verdict(_ position: Int, _ proof: [Digest]) -> MerkleProof.Verdict {
        MerkleProof.verifyInclusion(
          leafHash: hashes[Int(position)], position: UInt64(position), size: UInt64(second), proof: proof,
          root: secondRoot)
      }
      #expect(verdict(position, proof) == .proven)
      #expect(verdict(position, proof + [.zero]) != .proven)
      if !proof.isEmpty { #expect(verdict(position, Array(proof.dropLast())) != .proven) }
      if position > 0 { #expect(verdict(position - 1, proof) != .proven) }
    }
  }

  @Test(arguments: 0...70)
  func `roots and proofs of every size to 70 agree with the recursive definition`(size: Int) throws {
    let hashes = Self.hashes(size)
    let tree = Self.tree(hashes)
    #expect(tree.root == naiveRoot(hashes[...]))
    for first in 0...size { try Self.check(tree, hashes, first: first, second: size, positions: []) }
    try Self.check(tree, hashes, first: 0, second: size, positions: Array(0..<size))
  }

  @Test(arguments: [255, 256, 257, 511, 512, 513, 1023, 1600, 2048])
  func `larger trees agree too, at sizes and positions that a seed chooses`(size: Int) throws {
    let hashes = Self.hashes(size, seed: UInt64(size))
    let tree = Self.tree(hashes)
    #expect(tree.root == naiveRoot(hashes[...]))
    var generator = SeededGenerator(seed: UInt64(size))
    for _ in 0..<8 {
      let second = Int.random(in: 1...size, using: &generator)
      let first = Int.random(in: 0...second, using: &generator)
      let positions = (0..<3).map { _ in Int.random(in: 0..<second, using: &generator) }
      try Self.check(tree, hashes, first: first, second: second, positions: positions)
    }
  }

  @Test func `what a tree never had cannot be asked for`() {
    let hashes = Self.hashes(5)
    let tree = Self.tree(hashes)
    let leaves = { (range: Range<UInt64>) throws(LetheError) -> [Digest] in [] }
    let refused = LetheError(.input, "")
    #expect(throws: refused) { try tree.root(size: 6, leaves: leaves) }
    #expect(throws: refused) { try tree.inclusionProof(of: 5, in: 5, leaves: leaves) }
    #expect(throws: refused) { try tree.inclusionProof(of: 0, in: 6, leaves: leaves) }
    #expect(throws: refused) { try tree.consistencyProof(from: 4, to: 3, leaves: leaves) }
    #expect(throws: refused) { try tree.consistencyProof(from: 4, to: 6, leaves: leaves) }
  }
}
