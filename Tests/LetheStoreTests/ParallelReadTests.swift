import LetheLog
import LethePolicies
import LetheStore
import LetheSystem
import Synchronization
import Testing

/// Readers beside a writer that appends and forgets.
@Suite struct ParallelReadTests {
  /// Tells tasks that others are done.
  private final class Flag: Sendable {
    private let value = Mutex(false)
    var isRaised: Bool { value.withLock { $0 } }
    func raise() { value.withLock { $0 = true } }
  }

  /// Each event says who it is about and which of a batch of three it is.
  private static func batch(_ number: Int, of subject: String) throws -> AppendRequest {
    AppendRequest(
      to: try StreamName("patient-\(subject)"),
      try (0..<3).map {
        try event(3 * number + $0, of: subject, data: "{\"who\":\"\(subject)\",\"n\":\(3 * number + $0)}")
      })
  }

  /// What one reading may not show, whatever happens meanwhile.
  private static func check(_ items: [ReadItem], forgotten: String, _ order: inout [UInt64: Int]) throws {
    var next: [String: UInt64] = [:]
    for item in items {
      let reading = try #require(item.reading)
      switch reading.state {
      case .open:
        let text = try #require(item.text)
        // Whole, in its place, of its own stream.
        let key = item.streamID.description
        #expect(text.contains("\"n\":\(item.revision)}"))
        #expect(next[key, default: 0] == item.revision)
        if let stream = item.stream { #expect(text.contains("\"who\":\"\(stream.text.dropFirst(8))\"")) }
        #expect(reading.closed.isEmpty)
      case .restricted, .shredded:
        #expect(reading.event == nil && reading.parts.isEmpty && reading.closed.count == 1)
      case .partial: Issue.record("nothing is retained")
      }
      next[item.streamID.description, default: 0] += 1
      // Open, restricted, shredded: never back.
      let rank = reading.state == .open ? 0 : reading.isShredded ? 2 : 1
      #expect(order[item.position, default: 0] <= rank)
      order[item.position] = rank
    }
    // Batches are seen whole.
    for count in next.values { #expect(count.isMultiple(of: 3)) }
  }

  @Test
  func `readers beside appends and a forget see whole batches in order, and no answer ever goes back`() async throws {
    let home = try TestHome()
    let store = try home.open()
    let subjects = ["anna", "bert", "cleo", "dora"]
    for subject in subjects { _ = try await store.append(Self.batch(0, of: subject)) }
    let isDone = Flag()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for subject in subjects.dropFirst() {
        group.addTask { for number in 1..<20 { _ = try await store.append(Self.batch(number, of: subject)) } }
      }
      for reader in 0..<3 {
        group.addTask {
          var order: [UInt64: Int] = [:]
          repeat {
            switch reader {
            case 0: try Self.check(store.items(), forgotten: "anna", &order)
            case 1: try Self.check(store.items(.stream(StreamName("patient-bert"))), forgotten: "anna", &order)
            default:
              try Self.check(
                store.items(.all, ReadOptions(direction: .backwards)).reversed(), forgotten: "anna", &order)
            }
            // Reading blocks; the appends need a thread of the pool now and then.
            await Task.yield()
          } while !isDone.isRaised && !Task.isCancelled
        }
      }
      group.addTask {
        try forget("anna", in: store)
        // Who reads from now on sees that it is done.
        for item in try store.items() where item.position < 20 && item.stream == nil {
          #expect(item.reading?.isShredded == true)
        }
        #expect(try store.status(ofSubject: "anna").state == .shredded)
      }
      for _ in 0..<4 { try await group.next() }
      isDone.raise()
      try await group.waitForAll()
    }
    let items = try store.items()
    #expect(items.count == 3 * (1 + 3 * 20))
    #expect(items.count { $0.reading?.isShredded == true } == 3)
    try store.close()
  }

  @Test func `appends that meet a closing are done or refused, and a second closing is refused`() async throws {
    let home = try TestHome()
    let store = try home.open()
    let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<50 {
        group.addTask {
          await store.append([AppendRequest(to: try StreamName("patient-anna"), [try event(number, of: "anna")])])[0]
            .isSuccess
        }
      }
      group.addTask {
        try store.close()
        return false
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(throws: LetheError(.io, "")) { try store.close() }
    try await home.session { (store) async throws in
      #expect(try store.items().count == answers)
      let count = store.count
      _ = try await store.append(99, of: "bert")
      // The closing signed all there was: no block is left for the next one's sake, one record leads the way.
      #expect(store.count == count + (answers == 0 ? 4 : 5))
    }
  }
}

extension EventReading {
  var isShredded: Bool { if case .shredded = state { true } else { false } }
}
