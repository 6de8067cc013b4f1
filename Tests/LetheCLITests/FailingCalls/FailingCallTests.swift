import LetheSystem
import LetheTesting
import Testing

@testable import lethe

/// Every command with every call to the file system failing, one at a time: what the command says is compared with what
/// the next ones find. The usual run tries a seeded sample of the calls, `LETHE_EXHAUSTIVE=1` all of them.
@Suite(.timeLimit(.minutes(60))) struct FailingCallTests {
  /// A command, and the home that it is called on.
  struct Trial: Sendable, CustomTestStringConvertible {
    let line: String
    let beginning: SimulatedHome.Beginning
    let input: String

    init(_ line: String, on beginning: SimulatedHome.Beginning = .closed, input: String = "") {
      (self.line, self.beginning, self.input) = (line, beginning, input)
    }

    var testDescription: String { "\(line), \(beginning)" }
  }

  private static let copies = SimulatedHome.copies
  private static let forget = "forget now P-1 --ground 17-1-b --by alice --approver bob"
  private static let more = (10..<14).map { event("\($0)", stream: "patient-P-\($0)", subject: "P-\($0)") }
    .joined(separator: "\n")

  /// Commands that leave a home as it is.
  static let looks =
    [
      "read $all", "read patient-P-1 --backwards", "read $all --since P30D", "subject show P-1", "projection list",
      "projection show medication", "replica list", "key status", "key cell list", "audit verify", "audit proof 3",
      "audit drill --backup \(copies)/backup",
    ].flatMap { line in [.closed, .copied, .killed].map { Trial(line, on: $0) } }
    .filter { $0.beginning == .copied || !$0.line.hasPrefix("audit drill") }

  /// Commands that change it.
  static let changes = [
    Trial("init", on: .none), Trial("append patient-P-2", input: event("6", subject: "P-2")),
    Trial("append patient-P-9", on: .killed, input: event("6", subject: "P-9")), Trial("import -", input: more),
    Trial(forget), Trial(forget, on: .copied), Trial(forget, on: .killed), Trial("projection run medication"),
    Trial("projection rebuild medication"), Trial("backup --to \(copies)/new"), Trial("replica add \(copies)/new"),
    Trial("replica drop \(copies)/replica", on: .copied), Trial("key cell add \(copies)/cell --threshold 2"),
    Trial("key cell drop 2", on: .celled), Trial("key cell replace 2 \(copies)/other", on: .celled),
    Trial("restore --from \(copies)/backup", on: .withoutPages),
    Trial("restore --from \(copies)/replica", on: .withoutPages), Trial("key seal"),
  ]

  /// What goes wrong with one call.
  enum Failure: CaseIterable {
    case io, full, stopped

    func outcome(_ call: Faults.Call) -> Faults.Outcome {
      switch self {
      case .io: .fail
      case .full: call.kind.wantsSpace ? .full : .proceed
      case .stopped: .stop
      }
    }
  }

  @Test(arguments: looks)
  func `P8 what only looks answers or says why not, and changes nothing`(trial: Trial) async throws {
    try await sweep(trial, seed: 31)
  }

  @Test(arguments: changes)
  func `P8 what a command says of what was kept is what is found`(trial: Trial) async throws {
    try await sweep(trial, seed: 32)
  }

  /// Runs the command once for each call and failure.
  private func sweep(_ trial: Trial, seed: UInt64) async throws {
    let before = try await Standing(of: SimulatedHome.made(trial.beginning))
    let whole = try await SimulatedHome.made(trial.beginning)
    let ran = await whole.run(trial.line, input: trial.input)
    try #require(ran.code == .success, "\(ran.errors)")
    let callCount = whole.files.faults.callCount
    let done = await Standing(of: whole.killed())
    for number in Exhaustive.sample(callCount, oneIn: max(1, callCount / 6), seed: seed) {
      for failure in Failure.allCases {
        let home = try await SimulatedHome.made(trial.beginning)
        home.files.faults.decide { $0.number == number ? failure.outcome($0) : .proceed }
        let ran = await home.run(trial.line, input: trial.input)
        let found = await Standing(of: home.killed())
        let complaint = await judge(trial, ran, home, before, done, found)
        #expect(complaint == nil, "call \(number) of \(callCount), \(failure): \(complaint ?? "")\n\(ran.errors)")
      }
    }
  }

  /// What is wrong with an answer; nil if nothing is.
  private func judge(
    _ trial: Trial, _ ran: Ran, _ home: SimulatedHome, _ before: Standing, _ done: Standing, _ found: Standing
  ) async -> String? {
    let (fromBefore, fromDone) = (found.difference(from: before), found.difference(from: done))
    if ran.code == .success { return fromDone.map { "it says that it is done; \($0)" } }
    // An audit answers what it could not check.
    if ran.code == .notChecked { return fromBefore }
    guard let told = ran.errorLines.last, told.hasPrefix("lethe: ") else { return "it says nothing" }
    for personal in ["P-1", "P-2", "patient-"] where ran.errors.contains(personal) { return "it names \(personal)" }
    if told.contains("all that was acknowledged is durable: ") || told.contains("the restore is done: ")
      || told.contains("the home is made: ")
    {
      return fromDone.map { "what is durable is not found; \($0)" }
    }
    let isHalfMade = trial.line == "init" && found != before && found != done
    if told.contains("half done") || told.contains("half made") || isHalfMade {
      // The same command, or whichever is next, finishes it or takes it back.
      let again = home.killed()
      let ran = await again.run(trial.line, input: trial.input)
      let ended = await Standing(of: again.killed())
      return ended == before || ended == done ? nil : "the next command does not go on from there: \(ran.errors)"
    }
    // Its answer says that the forget is done, and this what is left of it.
    if told.contains("owes a purge of the forgotten, which the next command tries again") { return fromDone }
    if told.contains("whether it was kept shows when the home is next opened") {
      return found == before ? nil : fromDone.map { "neither all nor nothing was kept; \($0)" }
    }
    if told.contains("the forget has begun") || told.contains("the forget is done") {
      let states = [found, done].map { $0.answers["subject show P-1"] }
      return states[0] == states[1] ? nil : "it is not forgotten"
    }
    if told.contains("the read model keeps what was applied so far") {
      let names = Set(before.answers.keys).subtracting(["projection show medication"])
      let keeps = names.allSatisfy { found.answers[$0] == before.answers[$0] }
      return keeps ? nil : fromBefore
    }
    if told.contains("the change of cells is made") { return fromDone }
    return fromBefore.map { "it does not say what was kept; \($0)" }
  }
}

extension Faults.Kind {
  /// Whether a full disk can fail it.
  var wantsSpace: Bool {
    switch self {
    case .open, .createDirectory, .rename, .write, .truncate: true
    case .contents, .remove, .removeDirectory, .synchronizeDirectory, .synchronizeAll, .protect, .entry, .watch, .lock,
      .facts, .coarsenTime, .hand, .read, .size, .synchronize, .dropCache:
      false
    }
  }
}
