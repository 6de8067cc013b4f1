import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@Suite struct KeyTests {
  @Test func `a key id packs plane, block, subject and slot`() {
    let kid = KeyID(plane: .shards, block: 0x2_3456_789a, subject: 0x3cd, slot: 0xe)
    #expect(kid.rawValue == 0x0002_0000_0000_0000 | 0x2_3456_789a << 14 | 0x3cd << 4 | 0xe)
    #expect(kid.plane == .shards && kid.block == 0x2_3456_789a && kid.subject == 0x3cd && kid.slot == 0xe)
    #expect(KeyID(rawValue: kid.rawValue) == kid)
    #expect(kid.description == "2-9468016794-973-14")
  }

  @Test(arguments: [UInt64(3), 4, 255, 65535])
  func `a reserved plane is refused`(plane: UInt64) {
    #expect(KeyID(rawValue: plane << 48) == nil)
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: (plane << 48) >> ($0 * 8)) } + [14]
    #expect(throws: LetheError(.damage, "")) { try KeyNode(encoded: bytes) }
  }

  @Test func `a subject's node holds its sixteen slots and nothing else`() throws {
    let subject = SubjectIndex(block: 9, subject: 1023)
    #expect(subject.node.depth == KeyNode.subjectDepth && subject.node.keyCount == 16)
    for slot in 0..<16 {
      #expect(subject.node.contains(subject.kid(slot: slot)))
      #expect(subject.node.contains(KeyNode(subject.kid(slot: slot))))
      #expect(SubjectIndex(subject.kid(slot: slot)) == subject)
    }
    #expect(!subject.node.contains(SubjectIndex(block: 9, subject: 1022).kid(slot: 15)))
    #expect(!subject.node.contains(SubjectIndex(block: 10, subject: 1023).kid(slot: 0)))
    #expect(!subject.node.contains(KeyNode(plane: .subjects, block: 9, depth: 9, prefix: 511)))
    #expect(SubjectIndex(.lookup) == nil)
    #expect(SubjectIndex(rawValue: subject.rawValue) == subject)
    #expect(SubjectIndex(rawValue: 1 << 44) == nil)
  }

  @Test func `nodes keep their bytes, and others are refused`() throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<500 {
      let depth = Int.random(in: 0...14, using: &generator)
      let node = KeyNode(
        plane: Plane.allCases.randomElement(using: &generator)!, block: .random(in: 0..<1 << 34, using: &generator),
        depth: depth, prefix: .random(in: 0..<1 << depth, using: &generator))
      #expect(try KeyNode(encoded: node.encoded) == node)
      #expect(node.encoded.count == KeyNode.encodedByteCount)
      #expect(node.contains(node.firstKid))
    }
    #expect(
      KeyNode(plane: .store, block: 1, depth: 14, prefix: 0x2345).encoded == [0x45, 0x63, 0, 0, 0, 0, 1, 0, 14])
    for bytes in [[], [UInt8](repeating: 0, count: 8), [1, 0, 0, 0, 0, 0, 0, 0, 13], [0, 0, 0, 0, 0, 0, 0, 0, 15]] {
      #expect(throws: LetheError(.damage, "")) { try KeyNode(encoded: bytes) }
    }
  }

  @Test func `a case id is 32 hexadecimal digits`() throws {
    let id = try CaseID.random(from: SeededRandom())
    #expect(CaseID(hex: id.hex) == id && id.hex.utf8.count == 32)
    #expect(CaseID(id.bytes) == id)
    #expect(CaseID(hex: "00") == nil && CaseID([1, 2, 3]) == nil)
  }
}
