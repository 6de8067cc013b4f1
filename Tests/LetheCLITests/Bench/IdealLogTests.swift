import LetheSystem
import LetheTesting
import Testing

@testable import lethe

@Suite struct IdealLogTests {
  @Test func `an ideal log reads what it wrote, time after time`() throws {
    let folder = TemporaryDirectory()
    let log = try IdealLog(folder.path("ideal"), subjects: 5, overhead: 176)
    #expect(!log.hasRoom(for: 1))
    try log.prepare()
    #expect(log.hasRoom(for: 64 << 20) && !log.hasRoom(for: 64 << 20 + 1))
    // Some are longer than what is read at once.
    let lengths = (0..<60).map { $0 % 20 == 7 ? 3 << 20 : 256 + 16 * $0 }
    for batch in stride(from: 0, to: 60, by: 12) {
      for number in batch..<batch + 12 { try log.seal(subject: number % 5, paddedLength: lengths[number]) }
      try log.write()
    }
    for _ in 0..<2 {
      var opened = 0
      while case let count = try log.read(), count > 0 { opened += count }
      #expect(opened == 60)
    }
    // As many bytes as were asked for: padded payloads and the overhead.
    let written = lengths.reduce(0) { $0 + $1 + 176 }
    #expect(log.hasRoom(for: 64 << 20 - written) && !log.hasRoom(for: 64 << 20 - written + 1))
  }

  @Test func `an ideal log that was changed is not read`() throws {
    let folder = TemporaryDirectory()
    let log = try IdealLog(folder.path("ideal"), subjects: 1, overhead: 0)
    try log.prepare()
    for _ in 0..<3 { try log.seal(subject: 0, paddedLength: 300) }
    try log.write()
    let file = try LocalFileSystem().open(folder.path("ideal"), .update)
    let place = 428 + 150
    let byte = try file.read(count: 1, at: place)[0]
    try [byte ^ 1].withByteSpan { (bytes) throws(LetheError) in try file.write(bytes, at: place) }
    #expect(throws: LetheError.self) { try log.read() }
  }

  @Test func `an ideal log takes the place of nothing`() throws {
    let folder = TemporaryDirectory()
    try LocalFileSystem().replace(folder.path("ideal"), with: [1])
    #expect(throws: LetheError.self) { try IdealLog(folder.path("ideal"), subjects: 1, overhead: 0) }
  }
}
