import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

@Suite struct PostingTableTests {
  @Test(arguments: 0..<6 as Range<UInt64>)
  func `a table gives back each key's records, in order and each once`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var table = PostingTable<UInt64>()
    var model: [UInt64: [Posting]] = [:]
    var rows: [UInt64: Int] = [:]
    for number in 0..<3000 {
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        // Few keys that many records have, and many that few have.
        let key = generator.next() % (generator.next() % 2 == 0 ? 10 : 2000)
        let posting = Posting(number, isFact: number % 3 == 0)
        let row = table.add(posting, to: key)
        #expect(rows[key, default: row] == row)
        rows[key] = row
        if model[key]?.last != posting { model[key, default: []].append(posting) }
      }
    }
    #expect(table.count == model.count)
    for (key, postings) in model {
      #expect(table.row(of: key) == rows[key] && table.keys[rows[key]!] == key)
      #expect(table.postings(of: key) == postings)
    }
    #expect(table.row(of: 5000) == nil && table.postings(of: 5000) == [])
  }

  @Test func `a record that is of a key's own and a fact about it is there as both`() {
    var table = PostingTable<UInt64>()
    #expect(table.row(of: 0) == nil)
    _ = table.add(Posting(0, isFact: false), to: 7)
    _ = table.add(Posting(0, isFact: true), to: 7)
    _ = table.add(Posting(0, isFact: true), to: 7)
    #expect(table.postings(of: 7) == [Posting(0, isFact: false), Posting(0, isFact: true)])
  }

  @Test(arguments: [0, 1, 1 << 20, 1 << 31 - 1])
  func `a posting has its number and what it is`(number: Int) {
    for isFact in [true, false] {
      let posting = Posting(number, isFact: isFact)
      #expect(posting.number == number && posting.isFact == isFact && Posting(rawValue: posting.rawValue) == posting)
    }
  }
}
