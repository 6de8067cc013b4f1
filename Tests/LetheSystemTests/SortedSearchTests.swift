import LetheSystem
import LetheTesting
import Testing

@Suite struct SortedSearchTests {
  @Test(arguments: [0, 1, 2, 3, 10, 257])
  func `what is looked for is found where a search from the front finds it`(count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    let numbers = (0..<count).map { _ in generator.next() % 300 }.sorted()
    for number in 0...300 as ClosedRange<UInt64> {
      let place = numbers.firstIndex { $0 >= number } ?? count
      #expect(numbers.firstPlace(notBefore: { $0 < number }) == place)
      #expect(numbers.firstPlace(ofKey: number) { $0 } == numbers.firstIndex(of: number))
      let back = numbers.dropFirst(2)
      #expect(back.firstPlace(notBefore: { $0 < number }) == back.firstIndex { $0 >= number } ?? back.endIndex)
    }
  }
}
