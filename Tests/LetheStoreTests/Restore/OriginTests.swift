import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// The names under which logs go on that lost their end.
@Suite struct OriginTests {
  private static let third = Home("/in-memory/third")

  /// A clean machine with the cell and signing key of the one that was restored last, where nothing tells of that restore.
  private static func cleanMachine(_ home: MemoryHome) throws {
    try home.disk.createDirectory(third.keys)
    try home.copy(MemoryHome.machine.rootCell, to: third.rootCell)
    try home.copy(MemoryHome.machine.signingKey, to: third.signingKey)
  }

  @Test func `P8 two restores from one old copy begin two origins, though nothing told of the first`() async throws {
    for goesOn in [false, true] {
      let home = try await ShorterLogTests.withLostTail()
      try home.makeMachine()
      let first = try #require(try home.restore(.accept).newOrigin)
      if goesOn {
        try await home.session(of: MemoryHome.machine) { (store) async throws in
          try forget("cleo", in: store)
          try await store.append(80, of: "bert")
        }
      }
      try Self.cleanMachine(home)
      let second = try #require(try home.restore(.accept, into: Self.third).newOrigin)
      #expect(second.keptRecords == first.keptRecords)
      #expect(first.origin != second.origin && first.origin.contains("/2-") && second.origin.contains("/2-"))
      // Either tells that the other is none of its own, and a restore that sees both takes a number above them.
      try home.copy(MemoryHome.machine.trustedCheckpoint, to: Self.third.trustedCheckpoint)
      let error = #expect(throws: LetheError.self) { try Store.open(Self.third, waiting: .zero, in: home.world()) }
      #expect(error?.code == .rolledBack && error?.message.contains("is of another restore than the log") == true)
      let refused = #expect(throws: LetheError.self) { try home.restore(into: Self.third) }
      #expect(refused?.code == .rolledBack && refused?.message.contains("--accept-shorter-log") == true)
      let merged = try #require(try home.restore(.accept, into: Self.third).newOrigin)
      #expect(merged.origin.contains("/3-"))
      try await home.session(of: Self.third) { (store) async throws in
        for name in ["anna", "dora"] { #expect(try store.status(ofSubject: name).state == .shredded) }
        #expect(try MemoryHome.isReadable("bert", in: store))
        #expect(try MemoryHome.isReadable("cleo", in: store) == !goesOn)
      }
    }
  }

  @Test func `a name is numbered above those known, and no two are alike`() throws {
    let random = SeededRandom(seed: 4)
    #expect(["lethe/ab", "lethe/ab/", "lethe/ab/x-2", "other"].map(OriginName.number) == [1, 1, 1, 1])
    #expect(["lethe/ab/2", "lethe/ab/3-00ff", "lethe/ab/17-"].map(OriginName.number) == [2, 3, 17])
    let names = try (0..<3).map { _ in
      try OriginName.next(after: ["lethe/ab", "lethe/ab/6-0123"], first: "lethe/ab", random)
    }
    #expect(Set(names).count == 3 && names.allSatisfy { $0.hasPrefix("lethe/ab/7-") && $0.utf8.count == 27 })
  }
}
