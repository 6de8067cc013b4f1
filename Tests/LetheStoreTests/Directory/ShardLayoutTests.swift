import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheStore

@Suite struct ShardLayoutTests {
  /// Shards in memory, changed as a store changes them.
  private struct Shards {
    var contents: [UInt32: ShardContent] = [0: .empty]
    var numbers: [UInt32] { contents.keys.sorted() }

    mutating func apply(
      adding added: [Digest: DirectoryTarget] = [:], removing removed: Set<Digest> = [],
      _ shaping: ShardLayout.Shaping = .free
    ) throws -> ShardLayout.Change {
      let (before, numbers) = (contents, numbers)
      let noted = Dictionary(grouping: added) { ShardLayout.shard(of: $0.key, among: numbers) }
        .mapValues { Dictionary(uniqueKeysWithValues: $0.map { ($0.key, $0.value) }) }
      let change = try ShardLayout.change(numbers, of: Array(noted.keys), removing: removed, shaping) {
        (number) throws(LetheError) in (before[number] ?? .empty).adding(noted[number] ?? [:])
      }
      for number in change.dropped { contents[number] = nil }
      contents.merge(change.contents) { _, new in new }
      return change
    }
  }

  private static func values(_ count: Int, _ generator: inout SeededGenerator) -> [Digest] {
    (0..<count).map { _ in Digest(generator.bytes(32))! }
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func `whatever comes and goes, each value is in its shard, and no shard has too few subjects`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var shards = Shards()
    var model: [Digest: DirectoryTarget] = [:]
    for round in 0..<40 {
      var added: [Digest: DirectoryTarget] = [:]
      var removed: Set<Digest> = []
      if round < 20 {
        for value in Self.values(Int(generator.next() % 800), &generator) {
          added[value] =
            generator.next() % 2 == 0
            ? .subject(SubjectIndex(rawValue: generator.next() % 1_000_000)!)
            : .stream(StreamID(generator.bytes(16))!)
        }
      } else {
        for value in model.keys.sorted().prefix(model.count / 6) { removed.insert(value) }
        for value in model.keys.sorted() where generator.next() % 20 == 0 { removed.insert(value) }
      }
      let change = try shards.apply(adding: added, removing: removed)
      model.merge(added) { _, new in new }
      for value in removed { model[value] = nil }

      #expect(change.dropped.isDisjoint(with: change.contents.keys))
      #expect(change.reshaped.isSubset(of: Set(change.contents.keys)))
      let numbers = shards.numbers
      #expect(numbers.first == 0)
      #expect(shards.contents.values.reduce(0) { $0 + $1.count } == model.count)
      for (value, target) in model {
        let number = ShardLayout.shard(of: value, among: numbers)
        #expect(shards.contents[number]?.target(of: value) == target)
      }
      for content in shards.contents.values where numbers.count > 1 {
        #expect(content.subjects.count >= ShardLayout.fewestSubjects)
        // No value is in it twice, and all are in order, or it would not open again.
        #expect(try ShardContent(decoding: content.encoded()) == content)
      }
    }
    #expect(shards.contents.count < 4)
  }

  @Test func `a shard that grows too large is cut, and only where the vault may commit`() throws {
    var generator = SeededGenerator(seed: 7)
    var added: [Digest: DirectoryTarget] = [:]
    for (number, value) in Self.values(2049, &generator).enumerated() {
      added[value] = .subject(SubjectIndex(rawValue: UInt64(number))!)
    }
    var shards = Shards()
    let kept = try shards.apply(adding: added, .kept)
    #expect(kept.reshaped.isEmpty && kept.dropped.isEmpty && shards.contents.count == 1)
    let cut = try shards.apply(adding: [:], removing: [try #require(added.keys.first)])
    #expect(cut.contents.count == 1, "2,048 values are not too many")
    added = [Digest(generator.bytes(32))!: .subject(SubjectIndex(rawValue: 5000)!)]
    let change = try shards.apply(adding: added)
    #expect(change.reshaped.count == 2 && shards.contents.count == 2)
  }

  @Test func `streams without subjects stay in one shard`() throws {
    var generator = SeededGenerator(seed: 8)
    var added: [Digest: DirectoryTarget] = [:]
    for value in Self.values(5000, &generator) { added[value] = .stream(StreamID(generator.bytes(16))!) }
    var shards = Shards()
    #expect(try shards.apply(adding: added).contents.count == 1)
  }
}
