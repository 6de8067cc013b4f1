import LetheCompliance
import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// A home whose store is open, with a clock of its own.
private final class Desk {
  let directory = TemporaryDirectory()
  let clock = ManualClock(Timestamp(microseconds: 1_700_000_000_000_000))
  let store: Store
  let desk: ForgetDesk

  init(policy: String? = nil) throws {
    let home = Home(directory.path)
    if let policy {
      try LocalFileSystem().createDirectory(home.path + "/Policies")
      try LocalFileSystem().replace(home.path + "/Policies/test.json", with: Array(policy.utf8))
    }
    _ = try Store.create(home, in: World(clock: clock))
    store = try Store.open(home, waiting: .patience, in: World(clock: clock))
    desk = ForgetDesk(store, recipients: { [] })
  }

  func append(_ number: Int, of subject: String) async throws {
    let json = """
      {"specversion":"1.0","id":"\(number)","source":"s","type":"T","datasubject":"\(subject)","data":{"n":\(number)}}
      """
    _ = try await store.append(
      AppendRequest(to: StreamName("patient-\(subject)"), [CloudEvent(json: Array(json.utf8))]))
  }

  @discardableResult
  func forget(
    _ subject: String, _ categories: [String] = [], by handler: String = "ines", _ approver: String = "omar"
  ) throws -> ForgetDesk.Outcome {
    try desk.forgetNow(
      subject: subject, categories: categories, ground: .consentWithdrawn, by: StaffID(handler),
      approver: StaffID(approver))
  }

  func facts() throws -> [Fact] {
    var facts: [Fact] = []
    try store.read(.all, ReadOptions(facts: .included)) { item in
      if case .fact(let reading) = item.content { facts.append(reading.fact) }
      return .continue
    }
    return facts
  }

  func steps() throws -> [CaseStep] {
    try facts().compactMap { if case .caseStep(let step) = $0 { step } else { nil } }
  }
}

@Suite struct ForgetDeskTests {
  @Test func `a forget tells its case, its epochs and how many events it reached`() async throws {
    let desk = try Desk()
    for number in 0..<5 { try await desk.append(number, of: number < 3 ? "anna" : "bert") }
    let outcome = try desk.forget("anna")
    #expect(outcome.events == 3)
    #expect(outcome.epochAfter == outcome.epochBefore + 1)
    #expect(outcome.caseID.utf8.count == 32)
    #expect(try desk.store.status(ofSubject: "anna").state == .shredded)
    #expect(try desk.store.status(ofSubject: "bert").events == 2)
    #expect(try desk.steps().allSatisfy { $0.caseID.hex == outcome.caseID })
    try desk.store.close()
  }

  @Test func `the log tells who took the case in and who approved it, in numbers, and when it is due`() async throws {
    let desk = try Desk()
    for id in ["anna", "bert"] { try await desk.append(1, of: id) }
    try desk.forget("anna", by: "ines", "omar")
    try desk.forget("bert", by: "omar", "lea")
    let steps = try desk.steps()
    #expect(
      steps.map(\.state) == [
        .received, .identified, .assessed, .approved, .received, .identified, .assessed, .approved,
      ])
    #expect(steps.map(\.staff) == [[1], [1], [1], [1, 2], [2], [2], [2], [2, 3]])
    // 2023-11-14 and a month: 2023-12-14, a Thursday.
    let due = try #require(Timestamp(rfc3339: "2023-12-14T00:00:00Z")).hour / 24
    #expect(steps.allSatisfy { $0.dueDay == Int32(due) })
    #expect(try desk.facts().count { if case .staffNamed = $0 { true } else { false } } == 3)
    try desk.store.close()
  }

  @Test(arguments: [true, false])
  func `four eyes are asked for if policy says so`(isAskedFor: Bool) async throws {
    let desk = try Desk(policy: #"{"policy":"lethe/1","fourEyes":\#(isAskedFor)}"#)
    try await desk.append(1, of: "anna")
    if isAskedFor {
      let count = desk.store.count
      #expect(throws: LetheError(.policy, "")) { try desk.forget("anna", by: "ines", "ines") }
      #expect(desk.store.count == count)
      #expect(try desk.store.status(ofSubject: "anna").state == .live)
      try desk.forget("anna", by: "ines", "omar")
    } else {
      try desk.forget("anna", by: "ines", "ines")
    }
    #expect(try desk.store.status(ofSubject: "anna").state == .shredded)
    try desk.store.close()
  }

  @Test func `an unknown subject is refused, a forgotten one is shredded, and neither leaves a record`() async throws {
    let desk = try Desk()
    try await desk.append(1, of: "anna")
    #expect(throws: LetheError(.refused, "")) { try desk.forget("bert") }
    try desk.forget("anna")
    let count = desk.store.count
    #expect(throws: LetheError(.shredded, "")) { try desk.forget("anna") }
    #expect(throws: LetheError(.refused, "")) { try desk.forget("bert") }
    #expect(desk.store.count == count)
    try desk.store.close()
  }

  @Test func `naming all categories is naming none, and an unknown one is refused without a record`() async throws {
    let desk = try Desk()
    for id in ["anna", "bert"] { try await desk.append(1, of: id) }
    let count = desk.store.count
    #expect(throws: LetheError(.refused, "")) { try desk.forget("anna", ["billing"]) }
    #expect(throws: LetheError(.refused, "")) { try desk.forget("anna", ["default", "billing"]) }
    #expect(desk.store.count == count)
    try desk.forget("anna", ["default", "default"])
    #expect(try desk.store.status(ofSubject: "anna").state == .shredded)
    #expect(try desk.store.status(ofSubject: "bert").state == .live)
    try desk.store.close()
  }

  @Test func `who is not to be remembered may come back as somebody new`() async throws {
    let desk = try Desk(policy: #"{"policy":"lethe/1","rememberForgotten":false}"#)
    try await desk.append(1, of: "anna")
    let first = try desk.store.subjectIndex(ofSubject: "anna")
    try desk.forget("anna")
    #expect(try desk.store.status(ofSubject: "anna").state == .unknown)
    try await desk.append(1, of: "anna")
    #expect(try desk.store.subjectIndex(ofSubject: "anna") != first)
    let outcome = try desk.forget("anna")
    #expect(outcome.events == 1)
    try desk.store.close()
  }

  @Test func `errors of a forget name nobody`() async throws {
    let desk = try Desk(policy: #"{"policy":"lethe/1","fourEyes":true}"#)
    try await desk.append(1, of: "anna-secret")
    for (subject, approver) in [("anna-secret", "ines"), ("bert-secret", "omar")] {
      let error = #expect(throws: LetheError.self) { try desk.forget(subject, by: "ines", approver) }
      let text = error.map { String(describing: $0) } ?? ""
      #expect(!text.contains("secret") && !text.contains("ines") && !text.contains("omar"))
    }
    try desk.store.close()
  }

  @Test(arguments: [
    ("ines", true), ("i", true), ("Ines-2_x.y@clinic", true), (String(repeating: "a", count: 1024), true),
    ("", false), (String(repeating: "a", count: 1025), false), ("in es", false), ("in\u{e9}s", false), ("a/b", false),
    ("a\n", false), ("a\u{0}", false),
  ])
  func `a staff id has letters, digits and four signs`(text: String, isGood: Bool) {
    if isGood {
      #expect(throws: Never.self) { try StaffID(text) }
    } else {
      #expect(throws: LetheError(.input, "")) { try StaffID(text) }
    }
  }

  @Test func `the grounds are those of Art. 17(1)`() {
    #expect(Ground.allCases.map(\.rawValue) == ["a", "b", "c", "d", "e", "f"].map { "17-1-\($0)" })
  }
}
