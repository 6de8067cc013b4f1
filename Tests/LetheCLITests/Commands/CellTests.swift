import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import lethe

@Suite struct CellCommandTests {
  private static let forget = ["forget", "now", "P-1", "--ground", "17-1-b", "--by", "a", "--approver", "b", "--json"]

  private static func clinic(_ thresholds: [String]) async throws -> (Clinic, [String]) {
    let clinic = try await Clinic.made()
    let paths = thresholds.indices.map { clinic.folder.path("cell-\($0 + 2)") }
    for (path, threshold) in zip(paths, thresholds) {
      #expect(await clinic.run("key", "cell", "add", path, "--threshold", threshold).code == .success)
    }
    _ = await clinic.run("append", "patient-1", input: event("1", subject: "P-1"))
    return (clinic, paths)
  }

  @Test func `a forget that waits for a cell exits 2, names it by number, and is finished when it is back`()
    async throws
  {
    let (clinic, paths) = try await Self.clinic(["1"])
    let files = LocalFileSystem()
    try files.rename(paths[0], to: paths[0] + ".away")
    for _ in 0..<2 {
      let waiting = await clinic.run(Self.forget)
      #expect(waiting.code == .couldNotRun)
      #expect(try waiting.json()["error"]?["code"]?.isEquivalent(to: .string("io")) == true)
      #expect(waiting.out.contains("cell 2") && !waiting.errors.contains("P-1"))
    }
    let shown = await clinic.run("subject", "show", "P-1")
    #expect(shown.out.hasPrefix("restricted") && shown.errors.contains("1 forget not finished: "))
    #expect(shown.errors.contains("cell 2"))
    #expect(await clinic.run("key", "status").out.contains("1 forget begun and not finished."))
    try files.rename(paths[0] + ".away", to: paths[0])
    let done = await clinic.run("subject", "show", "P-1")
    #expect(done.out.hasPrefix("shredded"))
    #expect(await clinic.run("audit", "verify").code == .success)
  }

  @Test func `of two of three cells one may be away or old, and is named; without two nothing opens`() async throws {
    let (clinic, paths) = try await Self.clinic(["1", "2"])
    let files = LocalFileSystem()
    let old = try files.contents(ofFile: paths[1])
    try files.rename(paths[1], to: paths[1] + ".away")
    let forgotten = await clinic.run(Self.forget)
    #expect(forgotten.code == .success && forgotten.errors.contains("cell 3 cannot be read"))
    #expect(await clinic.run("key", "cell", "list").out.contains("3  away"))
    try files.replace(paths[1], with: old)
    #expect(await clinic.run("key", "cell", "list").out.contains("3  old"))
    let told = await clinic.run("subject", "show", "P-1")
    #expect(told.code == .success && told.out.hasPrefix("shredded") && told.errors.contains("cell 3 was away"))
    #expect(await clinic.run("subject", "show", "P-1").errors.isEmpty)
    for path in paths { try files.rename(path, to: path + ".lost") }
    let refused = await clinic.run("subject", "show", "P-1", "--json")
    #expect(refused.code == .couldNotRun && refused.out.contains("missing-key"))
    #expect(refused.errors.contains("takes 2 of the 3 root cells") && refused.errors.contains("cell 2 is away"))
    for path in paths { try files.rename(path + ".lost", to: path) }
    #expect(await clinic.run("audit", "verify").code == .success)
  }

  @Test func `the keys' status tells what it can and exits 2 where too few cells hold their share`() async throws {
    let (clinic, paths) = try await Self.clinic(["1", "2"])
    let files = LocalFileSystem()
    let old = try files.contents(ofFile: paths[1])
    #expect(await clinic.run("key", "cell", "add", clinic.folder.path("cell-4")).code == .success)
    try files.rename(paths[0], to: paths[0] + ".away")
    let enough = await clinic.run("key", "status")
    #expect(enough.code == .success && enough.errors.isEmpty && enough.out.contains("2 away"))
    try files.replace(paths[1], with: old)
    try files.rename(clinic.folder.path("cell-4"), to: clinic.folder.path("cell-4.away"))
    let told = await clinic.run("key", "status")
    #expect(told.code == .couldNotRun && told.out.contains("epoch    4") && told.out.contains("3 old"))
    #expect(
      told.errors.contains("takes 2 of the 4 root cells at epoch 4, and 1 can be read: cell 2 is away, cell 3 is old"))
    let json = await clinic.run("key", "status", "--json")
    #expect(json.code == .couldNotRun && json.lines.count == 1)
    #expect(try json.json()["error"]?["code"]?.isEquivalent(to: .string("missing-key")) == true)
    #expect(try json.json()["epoch"]?.isEquivalent(to: .int(4)) == true)
  }

  @Test func `where the only cell is lost the keys' status says so`() async throws {
    let clinic = try await Clinic.made()
    let files = LocalFileSystem()
    try files.rename(clinic.home + "/Keys/root.cell", to: clinic.folder.path("lost"))
    let told = await clinic.run("key", "status")
    #expect(told.code == .couldNotRun && told.out.contains("epoch    1"))
    #expect(told.errors.contains("the root cell cannot be read, and without it nothing opens"))
  }

  /// The subject is out of the directory then, and only the fence tells that it may be the one.
  @Test func `asked again for a forget whose epoch is recorded, it waits for the cell in which the old root may be`()
    async throws
  {
    let (clinic, paths) = try await Self.clinic(["1"])
    let files = LocalFileSystem()
    let world = World(
      clock: clinic.clock,
      observer: { (step, moment) throws(LetheError) in
        guard step == .action(.recordEpoch), moment == .after, files.exists(paths[0]) else { return }
        try files.rename(paths[0], to: paths[0] + ".away")
      })
    let first = await clinic.run(Self.forget, in: world)
    #expect(first.code == .couldNotRun && first.out.contains("cell 2"))
    for _ in 0..<2 {
      let waiting = await clinic.run(Self.forget)
      #expect(waiting.code == .couldNotRun)
      #expect(try waiting.json()["error"]?["code"]?.isEquivalent(to: .string("io")) == true)
      #expect(waiting.out.contains("cell 2") && !(waiting.out + waiting.errors).contains("P-1"))
      #expect(waiting.errors.contains("1 forget not finished: "))
    }
    #expect(await clinic.run("subject", "show", "P-1").out.hasPrefix("restricted"))
    let appended = await clinic.run("append", "patient-1", input: event("2", subject: "P-1"))
    #expect(appended.code == .failed && appended.errors.contains("being forgotten"))
    try files.rename(paths[0] + ".away", to: paths[0])
    let done = await clinic.run(Self.forget)
    #expect(done.code == .failed && done.out.contains("shredded"))
    #expect(await clinic.run("subject", "show", "P-1").out.hasPrefix("shredded"))
    let events = await clinic.run("read", "$all", "--system").out
    #expect(events.split(separator: "\n").count { $0.contains("KeysDestroyed") } == 1)
    #expect(await clinic.run("audit", "verify").code == .success)
  }
}
