import LetheSystem
import LetheTesting
import Testing

@Suite struct PostingListsTests {
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `lists give back what was put into them, whole and in part`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var lists = PostingLists()
    var model: [[UInt64]] = []
    var next: UInt64 = 0
    for _ in 0..<5000 {
      if model.isEmpty || generator.next() % 50 == 0 {
        lists.addList()
        model.append([])
      }
      // Now and then farther than a difference has bits.
      next += generator.next() % 200 == 0 ? 1 << 33 : 1 + generator.next() % 1000
      // Some lists grow much longer than others.
      let list = Int(generator.next() % UInt64(model.count)) * Int(generator.next() % 2)
      lists.append(next, to: list)
      model[list].append(next)
    }
    #expect(lists.count == model.count)
    for (list, values) in model.enumerated() {
      #expect(lists.count(of: list) == values.count)
      #expect(lists.last(of: list) == values.last)
      #expect(lists.values(of: list) == values)
      let start = values.isEmpty ? 0 : Int(generator.next() % UInt64(values.count))
      let end = start + (values.isEmpty ? 0 : Int(generator.next() % UInt64(values.count - start)))
      #expect(lists.values(of: list, at: start..<end) == Array(values[start..<end]))
    }
  }
}
