public import LetheCrypto

/// Checks proofs about trees that one does not have.
public enum MerkleProof {
  /// What a proof is worth.
  public enum Verdict: Sendable, Equatable {
    case proven
    /// The proof's length, position or sizes cannot belong together.
    case malformed
    /// The proof leads to another root than the one given.
    case contradicted
  }

  /// Whether the leaf at a position is in the tree of a size and root: RFC 9162, section 2.1.3.2.
  public static func verifyInclusion(
    leafHash: Digest, position: UInt64, size: UInt64, proof: [Digest], root: Digest
  ) -> Verdict {
    guard position < size else { return .malformed }
    var first = position
    var second = size - 1
    var hash = leafHash
    for node in proof {
      guard second != 0 else { return .malformed }
      if first & 1 == 1 || first == second {
        hash = MerkleHash.node(node, hash)
        while first & 1 == 0 && first != 0 {
          first >>= 1
          second >>= 1
        }
      } else {
        hash = MerkleHash.node(hash, node)
      }
      first >>= 1
      second >>= 1
    }
    guard second == 0 else { return .malformed }
    return hash == root ? .proven : .contradicted
  }

  /// Whether the tree of the second size and root begins with the whole tree of the first: RFC 9162, section 2.1.4.2,
  /// and for an empty first tree or equal sizes that the proof is empty and the roots are what they must be.
  public static func verifyConsistency(
    first: UInt64, firstRoot: Digest, second: UInt64, secondRoot: Digest, proof: [Digest]
  ) -> Verdict {
    guard first <= second else { return .malformed }
    if first == second || first == 0 {
      guard proof.isEmpty else { return .malformed }
      if first == 0 && firstRoot != MerkleHash.emptyRoot { return .contradicted }
      return first != second || firstRoot == secondRoot ? .proven : .contradicted
    }
    // A first tree that is perfect is itself where the proof begins.
    let nodes = first & (first - 1) == 0 ? [firstRoot] + proof : proof
    guard !proof.isEmpty, let start = nodes.first else { return .malformed }
    var left = first - 1
    var right = second - 1
    while left & 1 == 1 {
      left >>= 1
      right >>= 1
    }
    var old = start
    var new = start
    for node in nodes.dropFirst() {
      guard right != 0 else { return .malformed }
      if left & 1 == 1 || left == right {
        old = MerkleHash.node(node, old)
        new = MerkleHash.node(node, new)
        while left & 1 == 0 && left != 0 {
          left >>= 1
          right >>= 1
        }
      } else {
        new = MerkleHash.node(new, node)
      }
      left >>= 1
      right >>= 1
    }
    guard right == 0 else { return .malformed }
    return old == firstRoot && new == secondRoot ? .proven : .contradicted
  }
}
