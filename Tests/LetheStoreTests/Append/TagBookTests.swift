import LetheLog
import Testing

@testable import LetheStore

@Suite struct TagBookTests {
  private static func stream(_ number: UInt8) -> StreamID { StreamID(Array(repeating: number, count: 16))! }

  @Test func `what is removed counts no more, so that the rest is kept`() {
    var book = TagBook()
    for number in 0..<4 as Range<UInt8> {
      book.begin(Self.stream(number))
      for position in 0..<10 as Range<UInt64> { book.add(position / 2, at: position, of: Self.stream(number)) }
    }
    #expect(book.tagCount == 40)
    book.remove([Self.stream(0), Self.stream(1), Self.stream(0), Self.stream(9)])
    #expect(book.tagCount == 20)
    let table = TagTable()
    table.add(7, at: 1)
    book.begin(Self.stream(2), with: table)
    #expect(book.tagCount == 11)
    book.add(7, at: 2, of: Self.stream(1))
    #expect(book.tagCount == 11)
    book.remove((0..<4).map { Self.stream($0) })
    #expect(book.tagCount == 0)
  }

  @Test func `streams of people who are forgotten one after the other never use up the room of the others`() {
    var book = TagBook()
    book.begin(Self.stream(1))
    book.add(5, at: 6, of: Self.stream(1))
    let table = TagTable()
    for position in 0..<1 << 15 as Range<UInt64> { table.add(position, at: position) }
    for number in 0..<40 as Range<UInt8> {
      book.begin(Self.stream(100 + number), with: table)
      book.remove([Self.stream(100 + number)])
      book.trim()
    }
    #expect(book[Self.stream(1)]?.positions(of: 5) == [6])
  }

  @Test func `a table finds every tag among thousands, and all events of one that several have`() {
    let table = TagTable()
    // Equal low bits make for long probes; some tags come again.
    let tags = (0..<3000 as Range<UInt64>).map { $0 % 2900 << ($0 % 3 * 8) | $0 % 2900 }
    for (position, tag) in tags.enumerated() { table.add(tag, at: UInt64(position)) }
    for tag in Set(tags) {
      #expect(table.positions(of: tag) == tags.indices.filter { tags[$0] == tag }.map { UInt64($0) })
    }
    #expect(table.count == 3000 && !table.holds(UInt64.max) && table.positions(of: UInt64.max) == [])
  }
}
