import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheVault

/// Values computed by Python's hmac and hashlib from the layout that `KeyContext` describes: store id 00…0f, seed of
/// the block's tree 40…5f, key 0-5-700-9 (16bc9 in hexadecimal), root secret 80…9f, epoch 7.
@Suite struct DerivationTests {
  struct Counting: RandomSource {
    let first: UInt8
    func fill(_ buffer: inout MutableRawSpan) throws(LetheError) {
      for offset in buffer.byteOffsets {
        buffer.storeBytes(of: first &+ UInt8(truncatingIfNeeded: offset), toByteOffset: offset, as: UInt8.self)
      }
    }
  }

  @Test func `data keys are what anybody computes from the seed`() throws {
    let tree = try PuncturedTree(plane: .subjects, block: 5, storeID: storeID, random: Counting(first: 0x40))
    let kid = KeyID(plane: .subjects, block: 5, subject: 700, slot: 9)
    #expect(kid.rawValue == 0x16bc9)
    guard let key = try tree.derive(kid) else {
      Issue.record("the key lives")
      return
    }
    #expect(key.commitment.description == "53980a9db9449ec5556e75c299cc6a0664f0cc1ee3380e0926cb393e17e01995")
    let tag = HMACSHA256.authenticate(Array("tag".utf8).span.bytes, key: try key.indexKey())
    #expect(tag.description == "362cb12de0097385e0d15f40ccb0c1c1e230f7f425a176cb0f39678db7c40938")
  }

  @Test func `a root page's key and its commitment are what anybody computes from the root secret`() throws {
    let root = try Secret(count: 32, random: Counting(first: 0x80))
    let key = try PageKey.ofRootPage(root, epoch: 7, storeID: storeID)
    #expect(
      PageKey.commitment(of: key, storeID: storeID).description
        == "173b79e482afd2e35429d9ca0d3f96273ef6c1e2a31739d08e5bb3550fc61b1a")
  }

  @Test func `the keys of one leaf differ from one another and from those of its neighbours`() throws {
    let tree = try PuncturedTree(plane: .store, block: 0, storeID: storeID, random: SeededRandom())
    let one: [UInt8] = [1]
    var seen: Set<Digest> = []
    for kid in [KeyID.lookup, .fence, .retained, .facts] {
      guard let key = try tree.derive(kid) else { continue }
      seen.insert(key.commitment)
      seen.insert(HMACSHA256.authenticate(one.span.bytes, key: try key.indexKey()))
    }
    #expect(seen.count == 8)
  }

  @Test func `the three kinds of a leaf's keys open nothing of one another`() throws {
    let tree = try PuncturedTree(plane: .store, block: 0, storeID: storeID, random: SeededRandom())
    guard let key = try tree.derive(.facts) else {
      Issue.record("the key lives")
      return
    }
    let sealer = try key.sealingKey()
    let reader = try key.readModelKey()
    let nonce = [UInt8](repeating: 3, count: 24)
    let one: [UInt8] = [1]
    let none: [UInt8] = []
    var sealed = [UInt8](repeating: 0, count: 17)
    try sealed.withMutableByteSpan { (out) throws(LetheError) in
      try sealer.seal(one.span.bytes, nonce: nonce.span.bytes, authenticating: none.span.bytes, into: &out)
    }
    var opened: [UInt8] = [0]
    let verdicts = try opened.withMutableByteSpan { (out) throws(LetheError) in
      [
        try reader.open(sealed.span.bytes, nonce: nonce.span.bytes, authenticating: none.span.bytes, into: &out),
        try sealer.open(sealed.span.bytes, nonce: nonce.span.bytes, authenticating: none.span.bytes, into: &out),
      ]
    }
    #expect(verdicts == [.forged, .authentic])
  }
}
