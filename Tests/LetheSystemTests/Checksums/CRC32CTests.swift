import LetheSystem
import LetheTesting
import Testing

@Suite struct CRC32CTests {
  /// RFC 3720, appendix B.4, there as bytes in order of transmission; and the check value of the catalogues.
  static let vectors: [(bytes: [UInt8], sum: UInt32)] = [
    ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
    ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
    (Array(0..<32), 0x46dd_794e),
    ((0..<32).reversed(), 0x113f_db5c),
    (
      [
        0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18,
        0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      ],
      0xd996_3a56
    ),
    (Array("123456789".utf8), 0xe306_9283),
    ([], 0),
  ]

  @Test(arguments: vectors.indices)
  func `RFC 3720 B.4 CRC examples`(index: Int) {
    #expect(sum(Self.vectors[index].bytes) == Self.vectors[index].sum)
    #expect(sumByTables(Self.vectors[index].bytes) == Self.vectors[index].sum)
  }

  @Test func `the instruction and the tables give the same`() {
    var generator = SeededGenerator(seed: 7)
    for count in 0..<200 {
      let bytes = generator.bytes(count)
      #expect(sum(bytes) == sumByTables(bytes))
    }
  }

  @Test func `a checksum goes on where another ended`() {
    var generator = SeededGenerator(seed: 6)
    let bytes = generator.bytes(100)
    for cut in 0...100 {
      let first = sum(Array(bytes[..<cut]))
      let both = CRC32C.checksum(bytes.span.extracting(cut...), after: first)
      #expect(both == sum(bytes))
    }
  }

  private func sum(_ bytes: [UInt8]) -> UInt32 { CRC32C.checksum(bytes.span) }
  private func sumByTables(_ bytes: [UInt8]) -> UInt32 { CRC32C.checksumByTables(bytes.span) }
}
