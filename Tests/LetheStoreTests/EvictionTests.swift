import LetheCrypto
import LetheSystem
import LetheVault
import Synchronization
import Testing

@testable import LetheStore

@Suite struct EvictionTests {
  /// The store that the observer of its own commit reads from.
  private final class Reading: Sendable {
    let store = Mutex<Store?>(nil)
    let count = Mutex(0)

    func readAll() throws(LetheError) {
      guard let store = store.withLock({ $0 }) else { return }
      do { count.withLock { [items = try store.items().count] in $0 = items } } catch {
        throw LetheError(.io, "the read failed; look into the test")
      }
    }
  }

  @Test func `P3 a read between the first eviction and the new root leaves no key and no name in memory`() async throws
  {
    let home = try TestHome()
    let reading = Reading()
    let store = try home.open { (step, moment) throws(LetheError) in
      guard case .action(.retire) = step, moment == .before else { return }
      try reading.readAll()
    }
    for number in 0..<6 { try await store.append(number, of: ["anna", "bert"][number % 2]) }
    let subject = try #require(try store.subjectIndex(ofSubject: "anna"))
    let stream = try #require(try store.parts.directory.stream(store.parts.lookups.stream("patient-anna")))
    reading.store.withLock { $0 = store }
    try forget("anna", in: store)
    reading.store.withLock { $0 = nil }
    #expect(reading.count.withLock { $0 } == 6)
    for slot in 0..<2 {
      let answer = try store.parts.keys.key(
        subject.kid(slot: slot), opening: KeyOpening(position: 0, commitment: .zero))
      guard case .punctured = answer else {
        Issue.record("the key of slot \(slot) is in memory")
        continue
      }
    }
    let parts = store.parts
    let records = RecordReader(log: parts.log, keys: parts.keys, storeID: parts.storeID, policies: parts.policies)
    let name = try parts.state.read { (state: borrowing StoreState) throws(LetheError) in
      try parts.names.name(of: stream, records, state)
    }
    #expect(name == nil)
    try store.close()
  }
}
