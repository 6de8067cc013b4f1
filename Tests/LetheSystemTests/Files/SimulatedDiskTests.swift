import LetheSystem
import LetheTesting
import Testing

/// What a disk in memory can do to a process besides losing what was not synced.
@Suite struct SimulatedDiskTests {
  /// One byte at a time, and by chance.
  @Test func `whatever part of them is transferred at a time, reads and writes are whole`() throws {
    let memory = MemoryFileSystem()
    let other = FaultingFileSystem(MemoryFileSystem())
    for (files, faults) in [(memory as any FileSystem, memory.faults), (other, other.faults)] {
      for mishap in [nil, Mishap.short] {
        if let mishap {
          faults.arm(mishap, at: 0, seed: 3)
        } else {
          faults.decide { [.read, .write].contains($0.kind) ? .short(byteCount: 0) : .proceed }
        }
        let bytes = (0..<100).map { UInt8($0) }
        let file = try files.open("a", .create)
        let before = faults.callCount
        try file.write(bytes, at: 3)
        #expect(try file.read(count: 200, at: 3) == bytes)
        #expect(try file.read(count: 10, at: 93) == Array(bytes[90...]))
        #expect(faults.callCount - before > 10)
      }
    }
  }

  @Test func `a write that is cut short by a full disk leaves a part, and the process goes on`() throws {
    let files = MemoryFileSystem()
    let file = try files.open("a", .create)
    files.faults.arm(.cutShort, at: 0, seed: 1)
    #expect(throws: LetheError(.io, "")) { try file.write([UInt8](repeating: 7, count: 100), at: 0) }
    let left = try file.size()
    #expect(left > 0 && left < 100 && !files.faults.hasStopped)
    try file.write([1], at: 100)
  }

  @Test func `a killed process leaves in memory what a later crash takes`() throws {
    let files = MemoryFileSystem()
    try files.open("a", .create).write([1, 2], at: 0)
    let next = files.crash(.cached)
    #expect(next.content(of: "a") == [1, 2] && !next.crash().exists("a"))
    try next.open("a", .update).synchronize()
    try next.synchronizeDirectory(".")
    #expect(next.crash().content(of: "a") == [1, 2])
  }

  @Test func `a sector may be torn anywhere if the disk is said to do so`() throws {
    let files = MemoryFileSystem()
    let file = try files.open("a", .create)
    try file.write([UInt8](repeating: 1, count: 512), at: 0)
    try file.synchronize()
    try files.synchronizeDirectory(".")
    try file.write([UInt8](repeating: 2, count: 512), at: 0)
    let counts = (UInt64(0)..<200).map { files.crash(.torn(seed: $0)).content(of: "a")?.count { $0 == 2 } }
    #expect(Set(counts).count > 20 && counts.contains(0) && counts.contains(512))
  }

  @Test func `a failed sync of all has lost what waited for it, and each file's own next sync tells`() throws {
    let files = MemoryFileSystem()
    let file = try files.open("a", .create)
    try files.synchronizeDirectory(".")
    try file.write([1], at: 0)
    files.faults.arm(.failedSync, at: 0)
    #expect(throws: LetheError(.io, "")) { try files.synchronizeAll(in: ".") }
    #expect(throws: LetheError(.io, "")) { try file.synchronize() }
    try file.synchronize()
    #expect(files.content(of: "a") == [1] && files.crash(.all).content(of: "a") == [])
  }

  @Test func `who writes or syncs a file again after its sync failed is found out, until the process ends`() throws {
    let files = MemoryFileSystem()
    let file = try files.open("a", .create)
    let other = try files.open("b", .create)
    files.faults.arm(.failedSync, at: 0)
    #expect(throws: LetheError(.io, "")) { try file.synchronize() }
    try other.write([1], at: 0)
    #expect(files.usedAfterFailedSync.isEmpty)
    try file.write([1], at: 0)
    #expect(files.usedAfterFailedSync == ["a"] && files.crash(.cached).usedAfterFailedSync.isEmpty)
  }
}
