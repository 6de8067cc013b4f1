import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

@Suite struct BenchTests {
  private static func numbers(_ json: JSONValue?, _ names: [String]) throws -> [Double] {
    try names.map { name in
      guard case .number(let number)? = json?[name] else { throw LetheError(.input, "\(name) is missing") }
      return try #require(Double(number.text))
    }
  }

  @Test(arguments: [[], ["--one-stream"], ["--seconds", "1"]])
  func `appends are measured beside an ideal log, and nothing is left`(options: [String]) async throws {
    let clinic = try await Clinic.made()
    let ran = await clinic.run(
      ["bench", "append", "--events", "205", "--batch", "10", "--subjects", "3", "--writers", "2", "--json"] + options)
    #expect(ran.code == .success && ran.errors.isEmpty, "\(ran.errors)")
    let measured = try ran.json()["append"]
    let numbers = try Self.numbers(
      measured, ["eventsPerSecond", "limit", "ratio", "sealsPerSecond", "syncedEventsPerSecond", "bytesPerEvent"])
    #expect(numbers.allSatisfy { $0 >= 0 })
    #expect(options == ["--seconds", "1"] || measured?["events"]?.isEquivalent(to: .int(205)) == true)
    #expect(try LocalFileSystem().contents(of: clinic.home) == ["Keys", "Log", "Policies", "ReadModels"])
  }

  @Test(arguments: ["1", "2"])
  func `a replay is measured beside an ideal reader`(cores: String) async throws {
    let clinic = try await Clinic.made()
    let ran = await clinic.run(
      "bench", "replay", "--events", "1200", "--subjects", "7", "--cores", cores, "--json")
    #expect(ran.code == .success && ran.errors.isEmpty, "\(ran.errors)")
    let measured = try ran.json()["replay"]
    #expect(try Self.numbers(measured, ["eventsPerSecond", "limit"]).allSatisfy { $0 > 0 })
    // Of so few events it may be less than a thousandth.
    #expect(try Self.numbers(measured, ["ratio"])[0] >= 0)
    // No event is read twice or left out: those measured, one for each subject, the warm-up, and what streams lacked.
    #expect(try Self.numbers(measured, ["events"])[0] >= 1200 + 7 + 120)
    #expect(try LocalFileSystem().contents(of: clinic.home) == ["Keys", "Log", "Policies", "ReadModels"])
  }

  @Test func `what many subjects cost is measured, and nothing is left`() async throws {
    let clinic = try await Clinic.made()
    let ran = await clinic.run("bench", "subjects", "--subjects", "40", "--json")
    #expect(ran.code == .success, "\(ran.errors)")
    let numbers = try Self.numbers(
      ran.json()["subjects"],
      ["registrationsPerSecond", "lookupMilliseconds", "forgetMilliseconds", "peakResidentBytes", "logBytes"])
    #expect(numbers.allSatisfy { $0 > 0 })
    #expect(try LocalFileSystem().contents(of: clinic.home) == ["Keys", "Log", "Policies", "ReadModels"])
  }

  @Test func `an interruption ends a measurement, and nothing is left`() async throws {
    let clinic = try await Clinic.made()
    for command in ["append", "replay", "subjects", "forget", "all"] {
      let interruption = Interruption(isRequested: { true })
      let ran = await clinic.run(["bench", command], source: HeldBytes([]), interruption)
      #expect(ran.code == .failed && ran.errors.contains("interrupted"), "\(command)")
    }
    #expect(try LocalFileSystem().contents(of: clinic.home) == ["Keys", "Log", "Policies", "ReadModels"])
  }

  @Test(arguments: [
    ["--batch", "10001"], ["--writers", "0"], ["--events", "x"], ["--payload", "9999999999"], ["--seconds", "0"],
    ["--batch", "10000", "--writers", "1000"], ["--batch", "1000", "--payload", "100000", "--one-stream"],
  ])
  func `what cannot be measured is refused`(options: [String]) async throws {
    let clinic = try await Clinic.made()
    #expect(await clinic.run(["bench", "append"] + options).code == .usage)
  }

  @Test(arguments: ["forget", "all"])
  func `where some are forgotten, there are two at least`(command: String) async throws {
    let clinic = try await Clinic.made()
    #expect(await clinic.run("bench", command, "--subjects", "1").code == .usage)
  }
}
