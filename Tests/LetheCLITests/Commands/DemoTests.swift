import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

@Suite struct DemoTests {
  @Test func `the story is as told`() async throws {
    let clinic = Clinic()
    let kept = clinic.folder.path("kept")
    let ran = await clinic.run("demo", "--json", "--subjects", "12", "--events", "150", "--keep", kept)
    #expect(ran.code == .success && ran.errors.isEmpty, "\(ran.out)\(ran.errors)")
    #expect(ran.lines.last?.hasPrefix("{\"ok\":true,") == true)
    #expect(ran.lines.count >= 18 && !ran.out.contains("NOT AS TOLD"))
    // What was kept is a home like any other, and its backup holds no secret.
    #expect(LocalFileSystem().exists(kept + "/home/Keys/root.cell"))
    #expect(LocalFileSystem().exists(kept + "/backup/Keys/vault.sqlite"))
    for name in ["root.cell", "signing.key"] { #expect(!LocalFileSystem().exists("\(kept)/backup/Keys/\(name)")) }
    #expect(!LocalFileSystem().exists(kept + "/trial"))
  }

  @Test func `the made-up clinic is the same at every run`() {
    let (first, second) = (DemoClinic(subjects: 5, events: 60), DemoClinic(subjects: 5, events: 60))
    #expect(first.text == second.text && first.lines.count == 60)
    #expect(first.heroReactions > 0 && first.heroEvents > first.heroReactions)
  }

  @Test func `events of the made-up clinic are CloudEvents with streams`() throws {
    for line in DemoClinic(subjects: 3, events: 200).lines { #expect(try CloudEvent(json: line).stream != nil) }
  }

  @Test func `a step that is not as told is told and counted`() throws {
    let out = MemorySink()
    let console = Console(input: HeldBytes([]), output: out, errors: MemorySink())
    var teller = DemoTeller(console)
    try teller.step("first", true, "One.", "More.")
    try teller.step("second", false, "Two.")
    try console.flush()
    #expect(!teller.isAsTold && teller.failed == ["second"] && teller.stepCount == 2)
    #expect(out.text.contains("second    NOT AS TOLD  Two."))
  }

  @Test func `a word is found wherever it stands`() {
    let text = Array("xxabcab".utf8)
    for (word, isThere) in [
      ("abc", true), ("xxa", true), ("cab", true), ("abd", false), ("xxabcabx", false), ("", false),
    ] {
      #expect(ResidueScan.contains(text, Array(word.utf8)) == isThere)
    }
  }
}
