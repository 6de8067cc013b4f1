internal import LetheCrypto
internal import LethePolicies
internal import LetheStore
internal import LetheSystem
internal import LetheTesting

@testable internal import lethe

/// A home on a simulated disk, and what the tool tells of it.
struct SimulatedHome: Sendable {
  static let path = "/clinic/home"
  /// Where backups and replicas go.
  static let copies = "/clinic/copies"

  let files: MemoryFileSystem
  private let clock = ManualClock()

  init(_ files: MemoryFileSystem) { self.files = files }

  /// The same disk as another process finds it, after this one ended in whatever way.
  func killed(_ survival: MemoryFileSystem.Survival = .cached) -> SimulatedHome {
    SimulatedHome(files.crash(survival))
  }

  var world: World { World(files: files, clock: clock) }

  func run(
    _ words: [String], input: String = "", output: MemorySink = MemorySink(), errors: MemorySink = MemorySink()
  ) async -> Ran {
    let tool = Tool(
      console: Console(input: HeldBytes(Array(input.utf8)), output: output, errors: errors), world: world,
      interruption: Interruption(), secretMemory: { .locked })
    let code = await tool.run(["--home", Self.path] + words)
    return Ran(code: code, out: output.text, errors: errors.text)
  }

  func run(
    _ line: String, input: String = "", output: MemorySink = MemorySink(), errors: MemorySink = MemorySink()
  ) async -> Ran {
    await run(line.split(separator: " ").map(String.init), input: input, output: output, errors: errors)
  }

  /// Runs a command that must work for the test to make sense.
  private func must(_ line: String, input: String = "") async throws -> SimulatedHome {
    let ran = await run(line, input: input)
    guard ran.code == .success else { throw LetheError(.io, "\(line): \(ran.errors)") }
    return self
  }

  // MARK: Homes to begin with

  /// Homes that commands are tried on, each made once.
  enum Beginning: CaseIterable {
    /// There is none yet.
    case none
    /// Four events of three people, a read model; closed.
    case closed
    /// The same with a backup and a replica.
    case copied
    /// The first with a second cell.
    case celled
    /// With a backup and a replica, but without the vault's pages.
    case withoutPages
    /// An event more than at the last checkpoint, by a process that was killed.
    case killed
  }

  private static let beginnings = Task { () async throws -> [Beginning: SimulatedHome] in
    let files = MemoryFileSystem()
    try files.createDirectory("/clinic/copies")
    let none = SimulatedHome(files)
    let closed = try await none.killed().must("init")
    for (id, subject) in [("1", "P-1"), ("2", "P-2"), ("3", "P-3"), ("4", "P-1")] {
      _ = try await closed.must("append patient-\(subject)", input: event(id, subject: subject))
    }
    _ = try await closed.must("projection run medication")
    let copied = try await closed.killed().must("backup --to \(copies)/backup").must("replica add \(copies)/replica")
    let celled = try await closed.killed().must("key cell add \(copies)/cell")
    let withoutPages = copied.killed()
    for name in ["", "-wal", "-shm"] { try withoutPages.files.remove("\(path)/Keys/vault.sqlite\(name)") }
    let running = closed.killed()
    let store = try Store.open(Home(path), in: running.world)
    let events = try CloudEvent.events(json: Array(event("5", subject: "P-2").utf8))
    _ = try await store.append(AppendRequest(to: StreamArgument.name("patient-P-2"), events))
    let killed = running.killed()
    try store.close()
    return [
      .none: none, .closed: closed, .copied: copied, .celled: celled, .withoutPages: withoutPages, .killed: killed,
    ]
  }

  static func made(_ beginning: Beginning) async throws -> SimulatedHome {
    guard let home = try await beginnings.value[beginning] else { throw LetheError(.io, "there is no such home") }
    return home.killed()
  }
}

/// What a home tells when everything works again: what every later command builds on.
struct Standing: Equatable {
  /// The answers, by command; a home that is not there, or cannot be opened, says so in them.
  let answers: [String: String]

  init(of home: SimulatedHome) async {
    var answers: [String: String] = [:]
    for line in ["read $all", "subject show P-1", "replica list", "key cell list", "projection show medication"] {
      let ran = await home.run(line)
      answers[line] = ran.code == .success ? Self.withoutStreamIDs(ran.out) : "\(ran.code): \(ran.errors)"
    }
    answers["audit verify"] = "\(await home.run("audit verify").code)"
    self.answers = answers
  }

  /// Streams get random ids, which differ between two runs of one command.
  private static func withoutStreamIDs(_ text: String) -> String {
    text.split(separator: "\n").map { line in
      guard let range = line.firstRange(of: "\"streamid\":\"") else { return String(line) }
      return String(line[..<range.lowerBound] + line[range.upperBound...].dropFirst(32))
    }.joined(separator: "\n")
  }

  /// Which answers differ, and this one's; nil if none does.
  func difference(from other: Standing) -> String? {
    let names = answers.keys.filter { answers[$0] != other.answers[$0] }.sorted()
    return names.isEmpty ? nil : names.map { "`\($0)` answers \(answers[$0] ?? "")" }.joined(separator: "; ")
  }
}
