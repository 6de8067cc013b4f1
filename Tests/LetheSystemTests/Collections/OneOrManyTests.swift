import LetheSystem
import Testing

@Suite struct OneOrManyTests {
  @Test(arguments: [[], [7], [7, 8], [1, 2, 3]] as [[Int]])
  func `a list has the elements of the array that it was made of`(elements: [Int]) {
    let list = OneOrMany<Int>(elements)
    #expect(Array(list) == elements && list.count == elements.count && list.first == elements.first)
    #expect(list == OneOrMany<Int>(elements))
    if elements.count == 1 {
      #expect(list == OneOrMany<Int>(elements[0]) && list.hashValue == OneOrMany<Int>(7).hashValue)
    }
  }
}
