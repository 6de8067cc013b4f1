import LetheSystem
import LetheTesting
import Testing

@Suite struct CrashTests {
  static let survivals: [MemoryFileSystem.Survival] = [.synced, .all, .cached] + (0..<30).map { .some(seed: $0) }

  @Test func `a crash leaves synced content under synced names and nothing else`() throws {
    let files = MemoryFileSystem()
    let file = try files.open("a", .create)
    try file.write([1, 2, 3], at: 0)
    try file.synchronize()
    #expect(!files.crash().exists("a"))
    try files.synchronizeDirectory(".")
    try file.write([9], at: 1)
    try file.write([4], at: 3)
    #expect(files.crash().content(of: "a") == [1, 2, 3])
    #expect(files.crash(.all).content(of: "a") == [1, 9, 3, 4])
    try file.truncate(to: 1)
    #expect(files.crash().content(of: "a") == [1, 2, 3])
    try file.synchronize()
    #expect(files.crash().content(of: "a") == [1])
    try files.rename("a", to: "b")
    #expect(files.crash().content(of: "a") == [1] && !files.crash().exists("b"))
    try files.synchronizeDirectory(".")
    #expect(files.crash().content(of: "b") == [1] && !files.crash().exists("a"))
    try files.remove("b")
    #expect(files.crash().exists("b") && !files.crash(.all).exists("b"))
  }

  @Test func `synchronizing all makes every content and every name durable`() throws {
    let files = MemoryFileSystem()
    try files.createDirectory("d/e")
    for path in ["a", "d/b", "d/e/c"] { try files.open(path, .create).write([7], at: 0) }
    try files.synchronizeAll(in: "d")
    for path in ["a", "d/b", "d/e/c"] { #expect(files.crash().content(of: path) == [7]) }
    try files.rename("a", to: "b")
    #expect(files.crash().content(of: "a") == [7])
  }

  @Test func `what was there before a crash is durable after it`() throws {
    let files = MemoryFileSystem()
    try files.open("a", .create).write([1], at: 0)
    #expect(files.crash(.all).crash().content(of: "a") == [1])
  }

  @Test func `sectors of unsynced writes land in any combination, synced ones always`() throws {
    let files = MemoryFileSystem()
    let file = try files.open("a", .create)
    try file.truncate(to: 2048)
    try file.synchronize()
    try files.synchronizeDirectory(".")
    try file.write([UInt8](repeating: 1, count: 1536), at: 256)
    let outcomes = Set(
      try (UInt64(0)..<200).map { seed in
        let content = try #require(files.crash(.some(seed: seed)).content(of: "a"))
        #expect(content.count == 2048 && content[..<256].allSatisfy { $0 == 0 })
        let pieces = [256..<512, 512..<1024, 1024..<1536, 1536..<1792]
        return pieces.map { range in
          #expect(Set(content[range]).count == 1)
          return content[range.lowerBound]
        }
      })
    #expect(outcomes.count == 16)
    #expect(files.crash(.some(seed: 5)).content(of: "a") == files.crash(.some(seed: 5)).content(of: "a"))
  }

  @Test func `direct writes are durable at once and want aligned memory`() throws {
    let files = MemoryFileSystem()
    let file = try files.open("a", .create)
    try file.truncate(to: 4096)
    try file.synchronize()
    try files.synchronizeDirectory(".")
    let direct = try files.open("a", .direct)
    let bytes = [UInt8](repeating: 1, count: 4097)
    #expect(throws: LetheError(.io, "")) { try direct.write(bytes, at: 0) }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 4096)
    defer { memory.deallocate() }
    for index in memory.indices { memory[index] = 7 }
    let span = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(memory))
    #expect(throws: LetheError(.io, "")) { try direct.write(span.extracting(1..<4097), at: 0) }
    try direct.write(span.extracting(0..<4096), at: 0)
    #expect(files.crash().content(of: "a") == [UInt8](repeating: 7, count: 4096))
  }

  @Test func `a failed synchronize has lost what was written before it`() throws {
    let files = MemoryFileSystem()
    let file = try files.open("a", .create)
    try files.synchronizeDirectory(".")
    try file.write([1], at: 0)
    files.faults.fail(at: 0)
    #expect(throws: LetheError(.io, "")) { try file.synchronize() }
    try file.write([2], at: 1)
    try file.synchronize()
    #expect(files.content(of: "a") == [1, 2])
    #expect(files.crash(.all).content(of: "a") == [0, 2])
  }

  @Test func `faults are counted, fail one call, or stop all that follow`() throws {
    let files = MemoryFileSystem()
    let file = try files.open("a", .create)
    files.faults.fail(at: 1)
    try file.write([1], at: 0)
    #expect(throws: LetheError(.io, "")) { try file.write([2], at: 0) }
    try file.write([3], at: 1)
    #expect(files.content(of: "a") == [1, 3])
    #expect(files.faults.callCount == 4 && files.faults.callCount(of: .write) == 3)

    files.faults.decide { $0.kind == .write && $0.byteCount == 3 ? .tear(byteCount: 2) : .proceed }
    #expect(throws: LetheError(.io, "")) { try file.write([7, 8, 9], at: 0) }
    #expect(throws: LetheError(.io, "")) { _ = try file.size() }
    #expect(throws: LetheError(.io, "")) { try files.rename("a", to: "b") }
    #expect(files.faults.hasStopped)
    #expect(files.content(of: "a") == [7, 8])
    #expect(files.faults.callCount == 5)
    let next = files.crash(.all)
    #expect(try next.contents(ofFile: "a") == [7, 8])
    files.faults.clear()
    #expect(try file.size() == 2)
  }

  @Test func `damage is durable`() throws {
    let files = MemoryFileSystem()
    try files.open("a", .create).write([1, 2], at: 0)
    files.damage("a") { $0[1] ^= 0xff }
    #expect(files.crash().content(of: "a") == [1, 253])
  }

  @Test(arguments: survivals)
  func `replace leaves the old or the new content after a crash at any call, the new one once it returned`(
    survival: MemoryFileSystem.Survival
  ) throws {
    let (old, new) = ([UInt8](repeating: 1, count: 1500), [UInt8](repeating: 2, count: 2500))
    for number in 0... {
      let files = MemoryFileSystem()
      try files.createDirectory("d")
      try files.replace("d/a", with: old)
      files.faults.stop(at: number)
      var isDone = false
      do {
        try files.replace("d/a", with: new)
        isDone = true
      } catch {}
      let after = files.crash(survival)
      let found = after.content(of: "d/a")
      #expect(found == new || (!isDone && found == old), "call \(number)")
      try after.replace("d/a", with: new)
      #expect(after.crash().content(of: "d/a") == new)
      if isDone { return }
    }
  }
}
