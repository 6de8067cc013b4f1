import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

@Suite struct SegmentTimesTests {
  @Test func `a write right behind the coarsening of a segment's time leaves no exact time for ever`() throws {
    let files = FaultingFileSystem(MemoryFileSystem())
    try files.createDirectory(logDirectory)
    let file = try files.open(segmentPath(), .create)
    try file.write([1].span.bytes, at: 0)
    let times = SegmentTimes()
    times.note(0, nil)
    files.writeBehindCoarsening(of: segmentPath())
    times.coarsen(0, file)
    times.coarsen(0, file)
    #expect(try file.facts().modified.nanoseconds == 0)
    try file.write([2].span.bytes, at: 0)
    times.settle(0, segmentPath(), files)
    #expect(try file.facts().modified.nanoseconds == 0)
  }
}
