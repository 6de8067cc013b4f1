import LetheSystem
import LetheTesting
import Testing

@Suite struct BloomFilterTests {
  @Test(arguments: [0, 1, 5, 6, 100, 5000])
  func `what was put in is never denied, and little else is let through`(count: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    let keys = (0..<count).map { _ in (generator.next(), generator.next()) }
    var filter = BloomFilter(for: count)
    for key in keys { filter.insert(key) }
    #expect(keys.allSatisfy { filter.mayContain($0) })
    let others = (0..<10_000).count { _ in filter.mayContain((generator.next(), generator.next())) }
    // One in some hundreds at twelve bits a key; in a word or two the hashes are less apart.
    #expect(others < (count < 100 ? 300 : 100))
  }

  @Test func `an empty filter denies all`() {
    let filter = BloomFilter(for: 10)
    #expect(!filter.mayContain((0, 0)) && !filter.mayContain((.max, .max)))
  }

  @Test func `it has twelve bits a key, in a power of two of words, and is read as it was stored`() throws {
    for (count, words) in [(0, 1), (5, 1), (6, 2), (10, 2), (11, 4), (1000, 256)] {
      var filter = BloomFilter(for: count)
      #expect(filter.words.count == words, "\(count)")
      filter.insert((1, 2))
      let again = try #require(BloomFilter(words: filter.words))
      #expect(again.mayContain((1, 2)) && again.words == filter.words)
    }
    #expect(BloomFilter(words: []) == nil && BloomFilter(words: [0, 0, 0]) == nil)
  }
}
