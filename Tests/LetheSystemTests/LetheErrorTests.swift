import LetheSystem
import Testing

@Suite struct LetheErrorTests {
  @Test func `an error tells its sentence, place and cause`() {
    let cause = LetheError.Cause(function: "pread", number: 5, queue: ["first", "second"])
    #expect("\(LetheError(.io, "it broke; mend it"))" == "it broke; mend it")
    #expect("\(LetheError(.io, "it broke", place: "position 7"))" == "it broke [position 7]")
    #expect(
      "\(LetheError(.io, "it broke", place: "a", cause: cause))" == "it broke [a] (pread (5): first; second)")
    #expect("\(LetheError.Cause(function: "f"))" == "f")
    #expect("\(LetheError.Cause(function: "f", queue: ["only"]))" == "f: only")
  }

  @Test func `errors are equal if their codes are`() {
    #expect(LetheError(.io, "one", place: "a") == LetheError(.io, "other"))
    #expect(LetheError(.io, "one") != LetheError(.damage, "one"))
  }

  @Test func `codes are kebab-case names that do not change`() {
    #expect(
      LetheError.Code.allCases.map(\.rawValue) == [
        "revision-conflict", "id-conflict", "shredded", "restricted", "held", "policy", "unknown-stream", "refused",
        "locked", "damage", "missing-key", "rolled-back", "io", "input", "format", "usage",
      ])
  }
}
