import LetheLog
import LetheTesting
import Testing

@testable import LetheStore

@Suite struct NonceStockTests {
  @Test func `no nonce is given twice, however many are taken at once`() throws {
    let stock = NonceStock(SeededRandom(seed: 7))
    var seen: Set<PartHeader.Nonce> = []
    var taken = 0
    for count in [1, 2, 63, 1, 64, 65, 1, 1000, 30, 40, 1] {
      let nonces = try stock.take(count)
      for number in 0..<count { seen.insert(nonces[number]) }
      taken += count
    }
    #expect(seen.count == taken)
  }
}
