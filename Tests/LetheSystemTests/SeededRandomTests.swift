import LetheSystem
import LetheTesting
import Testing

@Suite struct SeededRandomTests {
  @Test func `the generator gives SplitMix64's published sequence`() {
    // The numbers that the Splitmix64 task of rosettacode.org lists for this seed.
    var generator = SeededGenerator(seed: 1_234_567)
    #expect(
      (0..<5).map { _ in generator.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }

  @Test func `equal seeds give equal bytes, other seeds others`() throws {
    let (left, right, other) = (SeededRandom(seed: 7), SeededRandom(seed: 7), SeededRandom(seed: 8))
    for count in [0, 1, 24, 1000] {
      let bytes = try left.bytes(count)
      #expect(bytes.count == count)
      #expect(try right.bytes(count) == bytes)
      if count > 8 { #expect(try other.bytes(count) != bytes) }
    }
  }
}
