import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// Appends of so many events that two threads seal them.
@Suite struct LongAppendTests {
  private static func request(_ numbers: Range<Int>, of id: String = "anna") throws -> AppendRequest {
    AppendRequest(to: try StreamName("patient-\(id)"), try numbers.map { try event($0, of: id) })
  }

  @Test(arguments: [1, 2, 47, 48, 49, 1000])
  func `every event of an append is there once and in order`(count: Int) async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      try await store.append(0, of: "anna")
      // A hot stream's, and a cold one's.
      let hot = try await store.append(try Self.request(1..<1 + count))
      #expect(hot.firstRevision == 1 && hot.lastRevision == UInt64(count))
      let cold = try await store.append(try Self.request(0..<count, of: "bert"))
      #expect(cold.firstRevision == 0 && cold.lastRevision == UInt64(count - 1))
    }
    try await home.session { (store) async throws in
      #expect(try Self.ids(of: "anna", store) == (0...count).map { "event-\($0)" })
      #expect(try Self.ids(of: "bert", store) == (0..<count).map { "event-\($0)" })
    }
  }

  @Test func `an append whose writing fails anywhere is not there, and no other is lost`() async throws {
    let whole = try MemoryHome()
    try await whole.session { (store) async throws in try await store.append(0, of: "anna") }
    var number = 0
    var failures = 0
    while true {
      let home = whole.copy()
      let store = try home.open()
      let left = Countdown(number)
      home.disk.faults.decide { call in
        guard call.path.hasSuffix(".segment"), [.write, .synchronize].contains(call.kind) else { return .proceed }
        return left.isOver ? .fail : .proceed
      }
      async let other = store.append([try Self.request(0..<1, of: "bert")])
      let answer = await store.append([try Self.request(1..<600)])[0]
      let isOtherThere = (try? await other[0].get()) != nil
      home.disk.faults.clear()
      if case .success = answer {
        try store.close()
        break
      }
      failures += 1
      #expect(throws: LetheError(.io, "")) { try answer.get() }
      await #expect(throws: LetheError(.io, "")) { try await store.append(700, of: "anna") }
      try await home.crashed(.synced).session { (store) async throws in
        #expect(try Self.ids(of: "anna", store) == ["event-0"])
        if isOtherThere { #expect(try Self.ids(of: "bert", store) == ["event-0"]) }
        try await store.append(try Self.request(1..<600))
        #expect(try Self.ids(of: "anna", store).count == 600)
      }
      number += 1
    }
    #expect(failures >= 2)
  }

  private static func ids(of id: String, _ store: Store) throws -> [String] {
    var ids: [String] = []
    try store.read(.stream(try StreamName("patient-\(id)"))) { (item) throws(LetheError) in
      if case .event(let reading) = item.content, let event = reading.event {
        ids.append(try CloudEvent(json: event.text).id)
      }
      return .continue
    }
    return ids
  }
}

private final class Countdown: Sendable {
  private let left: Monitor<Int>

  init(_ count: Int) { left = Monitor(count) }

  var isOver: Bool {
    left.withLock { left in
      left -= 1
      return left == -1
    }
  }
}
