import LetheCrypto
import LetheTesting
import LetheVault
import Testing

@testable import LetheStore

@Suite struct ShardFilterTests {
  @Test(arguments: [0, 1, 5, 6, 300, 2048, 5000])
  func `all that is in a shard may be in it, and of the rest few`(count: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    let values = try (0..<count).map { _ in try #require(Digest(generator.bytes(32))) }
    var added: [Digest: DirectoryTarget] = [:]
    for (number, value) in values.enumerated() { added[value] = .subject(SubjectIndex(rawValue: UInt64(number))!) }
    let filter = ShardFilter(ShardContent.empty.adding(added))
    #expect(values.allSatisfy { filter.mayContain($0) })
    let others = try (0..<10_000).map { _ in try #require(Digest(generator.bytes(32))) }
    #expect(others.count { filter.mayContain($0) } < 100)
  }
}
