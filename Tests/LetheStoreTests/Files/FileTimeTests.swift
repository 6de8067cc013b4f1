import LetheLog
import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// Modification times tell the hour, and a copy by size and time sees every change all the same.
@Suite struct FileTimeTests {
  private struct Seen: Equatable {
    let byteCount: Int
    let seconds: Int64
  }

  @Test(arguments: [MemoryHome.logOptions, MemoryHome.smallSegments])
  func `after each append a file that changed has another size or another time in whole seconds`(options: LogOptions)
    async throws
  {
    let home = try MemoryHome(logOptions: options)
    let root = MemoryHome.home.path
    var contents: [String: [UInt8]] = [:]
    var seen: [String: Seen] = [:]
    for number in 0..<20 {
      try await home.session { (store) async throws in
        try await store.append(number, of: number % 2 == 0 && number < 8 ? "anna" : "ben")
        if number == 7 { try forget("anna", in: store) }
        if number == 8 { try await store.append(100, of: "carl") }
      }
      for file in try FolderTree.files(in: root, home.disk) {
        let facts = try #require(try home.disk.facts(of: "\(root)/\(file.name)", .refused))
        let now = Seen(byteCount: facts.byteCount, seconds: facts.modified.seconds)
        let content = home.disk.content(of: "\(root)/\(file.name)")
        if let former = contents[file.name], former != content {
          #expect(seen[file.name] != now, "\(number): \(file.name)")
        }
        #expect(facts.modified.nanoseconds == 0, "\(number): \(file.name)")
        seen[file.name] = now
        contents[file.name] = content
      }
    }
  }

  @Test func `a partial tile is written with the hour as its time, while the store is open too`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for number in 0..<5 {
        try await store.append(number, of: "anna")
        try store.perform { (writer) throws(LetheError) in try writer.sign() }
      }
      let tiles = try FolderTree.files(in: MemoryHome.home.log + "/tile", home.disk)
      #expect(tiles.count >= 10)
      for tile in tiles {
        let facts = try home.disk.facts(of: "\(MemoryHome.home.log)/tile/\(tile.name)", .refused)
        #expect(facts.map { $0.modified.seconds % 3600 < 60 && $0.modified.nanoseconds == 0 } == true, "\(tile.name)")
      }
      let segment = try home.disk.facts(of: "\(MemoryHome.home.log)/\(LogLayout.segment(0))", .refused)
      #expect(segment?.modified.nanoseconds == 0)
    }
  }
}
