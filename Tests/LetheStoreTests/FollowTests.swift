import LetheLog
import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// Following a store in the same process, and a home that is opened by others.
@Suite(.timeLimit(.minutes(20))) struct FollowTests {
  /// What a follower was given, for others to wait for.
  private final class Given: Sendable {
    private struct State {
      var revisions: [UInt64] = []
      /// How often it came to rest.
      var rests = 0
      var outcome: Result<Void, LetheError>?
    }

    private let state = Monitor(State())

    /// Takes an item and asks for more.
    func take(_ item: ReadItem) -> Iteration {
      state.withLock { $0.revisions.append(item.revision) }
      return .continue
    }

    func note(_ moment: HomeFollowing.Moment) {
      if case .waiting = moment { state.withLock { $0.rests += 1 } }
    }

    /// Waits until so many were given, or the follower has ended.
    func wait(for count: Int) -> [UInt64] {
      state.wait(until: { $0.revisions.count >= count || $0.outcome != nil }, then: { $0.revisions })
    }

    func rest(_ number: Int) { state.wait(until: { $0.rests >= number || $0.outcome != nil }, then: { _ in }) }

    /// Follows on a thread of its own.
    func follow(_ body: @escaping @Sendable (Given) throws(LetheError) -> Void) throws {
      try WorkerThread.start {
        let result: Result<Void, LetheError>
        do throws(LetheError) { result = .success(try body(self)) } catch { result = .failure(error) }
        self.state.withLock { $0.outcome = result }
      }
    }

    /// Waits for its end.
    func finish() throws(LetheError) {
      try state.wait(until: { $0.outcome != nil }, then: { $0.outcome ?? .success(()) }).get()
    }
  }

  @Test(arguments: ["all", "patient-anna"])
  func `a follower of an open store is given all that there is and all that comes, until the store is closed`(
    name: String
  ) async throws {
    let home = try TestHome()
    let store = try home.open()
    let selection = name == "all" ? Selection.all : .stream(try StreamName(name))
    let given = Given()
    try given.follow { (given) throws(LetheError) in try store.follow(selection) { given.take($0) } }
    for number in 0..<20 {
      try await store.append(number, of: "anna")
      if number % 3 == 0 { #expect(given.wait(for: number + 1) == Array(0...UInt64(number))) }
    }
    #expect(given.wait(for: 20) == Array(0..<20))
    try store.close()
    try given.finish()
  }

  @Test func `an end that is called ends it, and a limit counts all that is given`() async throws {
    let home = try TestHome()
    let store = try home.open()
    let (given, limited, end) = (Given(), Given(), FollowEnd())
    try given.follow { (given) throws(LetheError) in try store.follow(.all, until: end) { given.take($0) } }
    try limited.follow { (given) throws(LetheError) in
      try store.follow(.all, ReadOptions(limit: 2)) { given.take($0) }
    }
    for number in 0..<3 {
      try await store.append(number, of: "anna")
      _ = given.wait(for: number + 1)
    }
    try limited.finish()
    #expect(limited.wait(for: 3) == [0, 1])
    end.call()
    try given.finish()
    try store.follow(.all, until: end) { _ in .continue }
    try store.close()
  }

  @Test func `while nothing comes, a follower makes no call to a file`() async throws {
    let home = try MemoryHome()
    let store = try home.open()
    let (given, end) = (Given(), FollowEnd())
    try given.follow { (given) throws(LetheError) in try store.follow(.all, until: end) { given.take($0) } }
    try await store.append(0, of: "anna")
    _ = given.wait(for: 1)
    try await Task.sleep(for: .milliseconds(200))
    let calls = home.disk.faults.callCount
    try await Task.sleep(for: .milliseconds(500))
    #expect(home.disk.faults.callCount == calls)
    end.call()
    try given.finish()
    try store.close()
  }

  // MARK: A home that others open

  @Test func `a follower of a home is given what each opening of it appends, over segments`() async throws {
    let home = try MemoryHome(logOptions: MemoryHome.smallSegments)
    let (given, end) = (Given(), FollowEnd())
    let following = try HomeFollowing(MemoryHome.home, .all, in: home.world())
    try given.follow { (given) throws(LetheError) in
      try following.run(until: end, told: { given.note($0) }, { given.take($0) })
    }
    given.rest(1)
    for session in 0..<6 {
      try await home.session { (store) async throws in
        for number in 0..<8 { try await store.append(session * 8 + number, of: "anna") }
      }
      #expect(given.wait(for: (session + 1) * 8) == Array(0..<UInt64(session + 1) * 8))
      given.rest(session + 2)
    }
    let segments = try home.disk.contents(of: MemoryHome.home.log).filter { LogLayout.isSegment($0) }
    #expect(segments.count > 3)
    // At rest no call is made.
    try await Task.sleep(for: .milliseconds(200))
    let calls = home.disk.faults.callCount
    try await Task.sleep(for: .milliseconds(500))
    #expect(home.disk.faults.callCount == calls)
    end.call()
    try given.finish()
  }

  @Test func `a follower of a home goes on across what others put at the log's end, and comes to rest`() async throws {
    let home = try MemoryHome()
    let (given, end) = (Given(), FollowEnd())
    let following = try HomeFollowing(MemoryHome.home, .all, in: home.world())
    try given.follow { (given) throws(LetheError) in
      try following.run(until: end, told: { given.note($0) }, { given.take($0) })
    }
    given.rest(1)
    let path = "\(MemoryHome.home.log)/\(LogLayout.segment(0))"
    func bytes() throws -> [UInt8] {
      Array(try home.disk.contents(ofFile: path)[..<home.disk.contentEnd(ofFile: path)])
    }
    var former: [UInt8] = []
    for session in 0..<4 {
      let before = try bytes()
      // Noise, a group that is there already, half a frame, nothing.
      let foreign = [[7, 7, 7], former, Array(former.prefix(40)), []][session]
      home.disk.damage(path) { $0 = before + foreign }
      try await home.session { (store) async throws in
        for number in 0..<3 { try await store.append(session * 3 + number, of: "anna") }
      }
      #expect(given.wait(for: (session + 1) * 3) == Array(0..<UInt64(session + 1) * 3))
      given.rest(session + 2)
      former = Array(try bytes()[before.count...])
    }
    try await Task.sleep(for: .milliseconds(200))
    let calls = home.disk.faults.callCount
    try await Task.sleep(for: .milliseconds(500))
    #expect(home.disk.faults.callCount == calls)
    end.call()
    try given.finish()
  }

  @Test func `the stream of somebody who is forgotten ends its following, all events' goes on`() async throws {
    let home = try TestHome()
    let store = try home.open()
    let (stream, all) = (Given(), Given())
    let name = try StreamName("patient-anna")
    try stream.follow { (given) throws(LetheError) in try store.follow(.stream(name)) { given.take($0) } }
    try all.follow { (given) throws(LetheError) in try store.follow(.all) { given.take($0) } }
    try await store.append(0, of: "anna")
    #expect(stream.wait(for: 1) == [0])
    _ = all.wait(for: 1)
    try forget("anna", in: store)
    #expect {
      try stream.finish()
    } throws: { error in
      [.shredded, .restricted].contains((error as? LetheError)?.code)
    }
    try await store.append(1, of: "bert")
    #expect(all.wait(for: 2) == [0, 0])
    try store.close()
    try all.finish()
  }
}
