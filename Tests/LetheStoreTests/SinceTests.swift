import LetheLog
import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// Reading from a time on, by the hours that the log has in clear and then by the opened times.
@Suite struct SinceTests {
  /// Six hours with ten events each, half an hour apart in two halves, in many small segments.
  private static func home() async throws -> (home: MemoryHome, begins: [Timestamp]) {
    let home = try MemoryHome(logOptions: MemoryHome.smallSegments)
    var begins: [Timestamp] = []
    try await home.session { (store) async throws in
      for hour in 0..<6 {
        for half in 0..<2 {
          begins.append(home.clock.now())
          // People and streams of their own, so that nothing older is needed to open them.
          for number in 0..<5 { try await store.append(10 * hour + 5 * half + number, of: "hour\(hour)") }
          home.clock.advance(by: .seconds(1800))
        }
      }
    }
    return (home, begins)
  }

  @Test(arguments: 0..<12) func `all records are read from a time on, forwards and backwards`(half: Int) async throws {
    let (home, begins) = try await Self.home()
    try await home.session { (store) async throws in
      let all = try store.items().map(\.position)
      let expected = Array(all[(5 * half)...])
      let since = begins[half]
      #expect(try store.items(.all, ReadOptions(since: since)).map(\.position) == expected)
      #expect(try store.items(.all, ReadOptions(since: since, cores: .two)).map(\.position) == expected)
      #expect(
        try store.items(.all, ReadOptions(since: since, direction: .backwards)).map(\.position) == expected.reversed())
      #expect(
        try store.items(.all, ReadOptions(limit: 3, since: since)).map(\.position) == Array(expected.prefix(3)))
      let stream = Selection.stream(try StreamName("patient-hour\(half / 2)"))
      let revisions: [UInt64] = half % 2 == 0 ? Array(0..<10) : Array(5..<10)
      #expect(try store.items(stream, ReadOptions(since: since)).map(\.revision) == revisions)
      #expect(
        try store.items(stream, ReadOptions(since: since, direction: .backwards)).map(\.revision)
          == revisions.reversed())
      #expect(try store.items(.stream(StreamName("patient-hour0")), ReadOptions(since: begins[11])).isEmpty)
    }
  }

  @Test(arguments: [ReadOptions.Direction.forwards, .backwards])
  func `records of hours before are not looked at`(direction: ReadOptions.Direction) async throws {
    let (home, begins) = try await Self.home()
    try await home.session { (store) async throws in
      let begin = try store.items()[40].position
      let reads = Monitor<Set<String>>([])
      home.disk.faults.decide { call in
        if call.kind == .read, call.path.hasSuffix(".segment") { reads.withLock { _ = $0.insert(call.path) } }
        return .proceed
      }
      #expect(try store.items(.all, ReadOptions(since: begins[8], direction: direction)).count == 20)
      home.disk.faults.clear()
      let segments = try home.disk.contents(of: MemoryHome.home.log).filter { LogLayout.isSegment($0) }
      // The one in which the hour began may begin before.
      let older = segments.filter { $0 < LogLayout.segment(begin) }.dropLast()
      #expect(older.count > 3)
      for name in older { #expect(!reads.withLock { $0 }.contains("\(MemoryHome.home.log)/\(name)"), "\(name)") }
    }
  }
}
