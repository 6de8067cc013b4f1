import Testing

@testable import LetheStore

@Suite struct BoundedCacheTests {
  @Test func `what was kept longest ago goes first`() {
    var cache = BoundedCache<Int, Int>(capacity: 3)
    for number in 0..<5 { cache.keep(number * 10, as: number) }
    #expect((0..<5).map { cache[$0] } == [nil, nil, 20, 30, 40])
  }

  @Test func `a value is kept in place of another with its key, and nothing goes for it`() {
    var cache = BoundedCache<Int, String>(capacity: 2)
    cache.keep("a", as: 1)
    cache.keep("b", as: 2)
    cache.keep("c", as: 1)
    #expect(cache[1] == "c")
    #expect(cache[2] == "b")
  }

  @Test func `what comes again after it was taken out is kept, whosever place is next`() {
    for comesAgain in 0..<4 {
      var cache = BoundedCache<Int, Int>(capacity: 4)
      for number in 0..<4 { cache.keep(number, as: number) }
      cache.remove(comesAgain)
      cache.keep(comesAgain, as: comesAgain)
      #expect(cache[comesAgain] == comesAgain)
      for number in 4..<20 {
        cache.keep(number, as: number)
        #expect(cache[number] == number)
        #expect(cache.count <= 4)
      }
      #expect((16..<20).allSatisfy { cache[$0] == $0 })
    }
  }

  @Test func `those that a condition names are taken out, no others`() {
    var cache = BoundedCache<Int, Int>(capacity: 10)
    for number in 0..<10 { cache.keep(number, as: number) }
    cache.removeAll { $0.isMultiple(of: 3) }
    #expect((0..<10).filter { cache[$0] != nil } == [1, 2, 4, 5, 7, 8])
  }
}
