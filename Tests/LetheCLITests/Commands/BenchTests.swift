import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

@Suite struct BenchTests {
  @Test func `appends are measured beside the machine's limits, and nothing is left`() async throws {
    let clinic = try await Clinic.made()
    let ran = await clinic.run(
      "bench", "append", "--events", "205", "--batch", "10", "--subjects", "3", "--writers", "2", "--json")
    #expect(ran.code == .success, "\(ran.errors)")
    let measured = try #require(try ran.json()["append"])
    for name in ["eventsPerSecond", "limit", "ratio", "sealsPerSecond", "syncedEventsPerSecond", "bytesPerEvent"] {
      guard case .number(let number)? = measured[name] else {
        Issue.record("\(name) is missing")
        continue
      }
      #expect(Double(number.text) ?? 0 >= 0)
    }
    #expect(try LocalFileSystem().contents(of: clinic.home) == ["Keys", "Log", "Policies", "ReadModels"])
  }

  @Test func `what many subjects cost is measured, and nothing is left`() async throws {
    let clinic = try await Clinic.made()
    let ran = await clinic.run("bench", "subjects", "--subjects", "40", "--json")
    #expect(ran.code == .success, "\(ran.errors)")
    let measured = try #require(try ran.json()["subjects"])
    for name in ["registrationsPerSecond", "lookupMilliseconds", "forgetMilliseconds", "peakResidentBytes", "logBytes"]
    {
      guard case .number(let number)? = measured[name] else {
        Issue.record("\(name) is missing")
        continue
      }
      #expect(Double(number.text) ?? 0 > 0)
    }
    #expect(try LocalFileSystem().contents(of: clinic.home) == ["Keys", "Log", "Policies", "ReadModels"])
  }

  @Test func `a load is made of whole batches and a rest`() throws {
    let load = AppendLoad(events: 25, subjects: 2, writers: 1, batch: 10, payloadByteCount: 64)
    #expect(load.appendCount == 3)
    #expect(try (0..<3).map { try load.request($0).events.count } == [10, 10, 5])
    #expect(try load.request(2).stream.text == "bench-0")
  }

  @Test(arguments: [["--batch", "10001"], ["--writers", "0"], ["--events", "x"], ["--payload", "9999999999"]])
  func `what cannot be measured is refused`(options: [String]) async throws {
    let clinic = try await Clinic.made()
    #expect(await clinic.run(["bench", "append"] + options).code == .usage)
  }
}
