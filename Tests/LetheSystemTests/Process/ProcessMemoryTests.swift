import LetheSystem
import Testing

@Suite struct ProcessMemoryTests {
  @Test func `a crash after dumps were forbidden prints no registers`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      ProcessMemory.forbidDumps()
      // Its words are told in optimised builds too.
      fatalError("the test's own crash")
    }
    let report = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(report.contains("the test's own crash"))
    #expect(!report.lowercased().contains("registers"))
    #expect(!report.contains("Backtrac"))
  }
}
