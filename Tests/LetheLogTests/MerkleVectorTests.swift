import LetheCrypto
import LetheLog
import LetheSystem
import Testing

/// The reference tree of certificate-transparency and transparency-dev/merkle (`rfc6962/rfc6962_test.go`,
/// `proof/verify_test.go`), under the names that its tests have there.
@Suite struct MerkleVectorTests {
  static let leaves = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
  ]
  static let roots = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ].map { Digest([UInt8](hex: $0)!)! }
  static let hashes = leaves.map { MerkleHash.leaf([UInt8](hex: $0)!) }

  static var tree: MerkleTree {
    var tree = MerkleTree()
    for hash in hashes { tree.append(leafHash: hash) }
    return tree
  }

  static func leafHashes(_ range: Range<UInt64>) throws(LetheError) -> [Digest] {
    Array(hashes[Int(range.lowerBound)..<Int(range.upperBound)])
  }

  @Test func `TestRFC6962Hasher`() {
    #expect(MerkleTree().root.bytes.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      MerkleHash.leaf([]).bytes.hex == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    #expect(
      MerkleHash.leaf(Array("L123456".utf8)).bytes.hex
        == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56")
  }

  @Test func `roots of the reference tree`() throws {
    var tree = MerkleTree()
    for (hash, root) in zip(Self.hashes, Self.roots) {
      tree.append(leafHash: hash)
      #expect(tree.root == root)
    }
    for size in 1...8 { #expect(try tree.root(size: UInt64(size), leaves: Self.leafHashes) == Self.roots[size - 1]) }
  }

  typealias Vector = (first: UInt64, second: UInt64, proof: [String])

  /// Positions count from 1 upstream.
  static let inclusionProofs: [Vector] = [
    (1, 1, []),
    (
      1, 8,
      [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ]
    ),
    (
      6, 8,
      [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ]
    ),
    (3, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
      2, 5,
      [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      ]
    ),
  ]

  @Test(arguments: inclusionProofs)
  func `TestVerifyInclusion`(vector: Vector) throws {
    let (leaf, size, proof) = vector
    let hashes = proof.map { Digest([UInt8](hex: $0)!)! }
    #expect(try Self.tree.inclusionProof(of: leaf - 1, in: size, leaves: Self.leafHashes) == hashes)
    func verdict(_ position: UInt64, _ size: UInt64, _ proof: [Digest], _ root: Digest) -> MerkleProof.Verdict {
      MerkleProof.verifyInclusion(
        leafHash: Self.hashes[Int(leaf) - 1], position: position, size: size, proof: proof, root: root)
    }
    let root = Self.roots[Int(size) - 1]
    #expect(verdict(leaf - 1, size, hashes, root) == .proven)
    // The probes of corruptInclusionProof.
    for position in [leaf &- 2, leaf, (leaf - 1) ^ 2] { #expect(verdict(position, size, hashes, root) != .proven) }
    for size in [size * 2, size / 2] { #expect(verdict(leaf - 1, size, hashes, root) != .proven) }
    for other in [MerkleHash.emptyRoot, .zero] { #expect(verdict(leaf - 1, size, hashes, other) != .proven) }
    #expect(verdict(leaf - 1, size, hashes + [root], root) != .proven)
    #expect(verdict(leaf - 1, size, [root] + hashes, root) != .proven)
    for index in hashes.indices {
      var changed = hashes
      changed[index] = .zero
      #expect(verdict(leaf - 1, size, changed, root) != .proven)
      changed.remove(at: index)
      #expect(verdict(leaf - 1, size, changed, root) != .proven)
    }
  }

  static let consistencyProofs: [Vector] = [
    (1, 1, []),
    (
      1, 8,
      [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ]
    ),
    (
      6, 8,
      [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ]
    ),
    (
      2, 5,
      [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      ]
    ),
    (
      6, 7,
      [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ]
    ),
  ]

  @Test(arguments: consistencyProofs)
  func `TestVerifyConsistency`(vector: Vector) throws {
    let (first, second, proof) = vector
    let hashes = proof.map { Digest([UInt8](hex: $0)!)! }
    #expect(try Self.tree.consistencyProof(from: first, to: second, leaves: Self.leafHashes) == hashes)
    func verdict(
      _ first: UInt64, _ second: UInt64, _ old: Digest, _ new: Digest, _ proof: [Digest]
    ) -> MerkleProof.Verdict {
      MerkleProof.verifyConsistency(first: first, firstRoot: old, second: second, secondRoot: new, proof: proof)
    }
    let (old, new) = (Self.roots[Int(first) - 1], Self.roots[Int(second) - 1])
    #expect(verdict(first, second, old, new, hashes) == .proven)
    guard first != second else { return }
    // The probes of corruptConsistencyProof. A first size of 0 asks nothing but that its root is that of no leaves.
    for other in [first - 1, first + 1, first ^ 2] { #expect(verdict(other, second, old, new, hashes) != .proven) }
    for other in [second * 2, second / 2] { #expect(verdict(first, other, old, new, hashes) != .proven) }
    #expect(verdict(first, second, .zero, new, hashes) != .proven)
    #expect(verdict(first, second, old, .zero, hashes) != .proven)
    #expect(verdict(first, second, new, old, hashes) != .proven)
    #expect(verdict(first, second, old, new, []) != .proven)
    for extra in [old, new, hashes[0]] {
      #expect(verdict(first, second, old, new, hashes + [extra]) != .proven)
      #expect(verdict(first, second, old, new, [extra] + hashes) != .proven)
    }
    for index in hashes.indices {
      var changed = hashes
      changed[index] = .zero
      #expect(verdict(first, second, old, new, changed) != .proven)
    }
    #expect(verdict(first, second, old, new, hashes.dropLast()) != .proven)
  }

  @Test func `trees that are always or never consistent`() {
    func verdict(_ first: UInt64, _ second: UInt64, _ old: Digest, _ new: Digest, _ proof: [Digest] = [])
      -> MerkleProof.Verdict
    {
      MerkleProof.verifyConsistency(first: first, firstRoot: old, second: second, secondRoot: new, proof: proof)
    }
    let empty = MerkleHash.emptyRoot
    let (one, other) = (Self.roots[0], Self.roots[1])
    #expect(verdict(0, 0, empty, empty) == .proven)
    #expect(verdict(0, 1, empty, one) == .proven)
    #expect(verdict(1, 1, one, one) == .proven)
    #expect(verdict(1, 1, one, other) == .contradicted)
    #expect(verdict(0, 1, one, other) == .contradicted)
    #expect(verdict(1, 0, one, empty) == .malformed)
    #expect(verdict(1, 2, one, other) == .malformed)
    #expect(verdict(0, 1, empty, one, [one]) == .malformed)
    #expect(verdict(1, 1, one, one, [one]) == .malformed)
  }
}
