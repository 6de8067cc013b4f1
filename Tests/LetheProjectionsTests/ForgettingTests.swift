import LetheSQLite
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheProjections

@Suite struct ForgettingTests {
  let folder = Folder()
  let log = FakeLog()
  let model = Prescriptions()

  /// Many rows of many sizes in random order, so that pages were divided often.
  func fill(seed: UInt64 = 1) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<1500 {
      let subject = Int.random(in: 0..<40, using: &random)
      let note = String(repeating: canary(subject), count: Int.random(in: 0..<25, using: &random))
      log.prescribe("c\(Int.random(in: 0..<20, using: &random))", subject, note: note)
    }
    _ = try folder.runner(model, log, recordLimit: 100).run()
  }

  @Test func `no byte of a forgotten subject is left in any file, nor after later runs`() throws {
    try fill()
    for subject in [3, 17, 29] {
      #expect(try !folder.residue(of: subject).isEmpty)
      log.forget(subject)
      _ = try folder.runner(model, log).run()
      #expect(try folder.residue(of: subject).isEmpty)
      #expect(try folder.files.open(folder.path(model), .read).size() > 4096)
    }
    for _ in 0..<300 { log.prescribe("d", 5) }
    _ = try folder.runner(model, log).run()
    for subject in [3, 17, 29] { #expect(try folder.residue(of: subject).isEmpty) }
    #expect(try !folder.residue(of: 5).isEmpty)
  }

  @Test func `bytes of rows that were gone before the forget are removed by it`() throws {
    let medication = Medication()
    for round in 0..<400 {
      log.prescribe("a", round % 20, start: "\(round)", note: String(repeating: "x", count: round % 90))
      if round >= 60 { log.stop("a", (round - 60) % 20, start: "\(round - 60)") }
    }
    for round in 340..<400 { log.stop("a", round % 20, start: "\(round)") }
    _ = try folder.runner(medication, log, recordLimit: 40).run()
    #expect(try folder.rows(medication).isEmpty)
    for subject in 0..<20 { log.forget(subject) }
    _ = try folder.runner(medication, log).run()
    for subject in 0..<20 { #expect(try folder.residue(of: subject).isEmpty) }
  }

  /// In some of these histories text of subjects whose rows SQLite deleted, and overwrote, is still in the file then.
  @Test(arguments: 1...12) func `what deleting leaves behind in divided pages is removed by the scrub`(
    seed: Int
  ) throws {
    let medication = Medication()
    var random = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<1200 {
      let subject = Int.random(in: 0..<60, using: &random)
      let start = "\(Int.random(in: 0..<30, using: &random))"
      let note = String(repeating: canary(subject), count: Int.random(in: 0..<25, using: &random))
      switch Int.random(in: 0..<3, using: &random) {
      case 0: log.stop("a", subject, start: start)
      case _: log.prescribe("a", subject, start: start, note: note)
      }
    }
    _ = try folder.runner(medication, log, recordLimit: 40).run()
    for subject in stride(from: 0, to: 60, by: 6) { log.forget(subject) }
    _ = try folder.runner(medication, log).run()
    for subject in stride(from: 0, to: 60, by: 6) { #expect(try folder.residue(of: subject).isEmpty) }
  }

  @Test func `a scrub that was cut off is made up for by the next run`() throws {
    try fill()
    log.forget(7)
    do {
      // A reader that stands in its transaction keeps the scrub from being done.
      let reader = try Database(path: folder.path(model), mode: .readOnly)
      try reader.run("BEGIN")
      try reader.run("SELECT * FROM \"rows\" LIMIT 1")
      let file = try folder.file(model)
      try file.database.execute("PRAGMA busy_timeout = 1")
      try file.database.transaction { () throws(LetheError) in
        var progress = try file.progress()
        try file.purge([index(7).node], &progress, sweptThrough: log.count - 1)
        (progress.position, progress.mark) = (log.count, try mark(log.count - 1))
        try file.setProgress(progress)
      }
      #expect(throws: LetheError(.io, "")) { try file.scrub() }
      #expect(try file.progress().needsScrub)
      #expect(try !folder.residue(of: 7).isEmpty)
    }
    _ = try folder.runner(model, log).run()
    #expect(try !folder.file(model).progress().needsScrub)
    #expect(try folder.residue(of: 7).isEmpty)
  }

  private func mark(_ position: UInt64) throws(LetheError) -> [UInt8] {
    var mark: [UInt8] = []
    try log.read(from: position) { (delivery) throws(LetheError) in
      mark = delivery.mark
      return .stop
    }
    return mark
  }

  @Test func `a model built after the forgets reads the log once and is not scrubbed`() throws {
    for subject in 0..<5 { log.prescribe("a", subject) }
    for subject in 0..<3 { log.forget(subject) }
    for model in [Totals(), Prescriptions()] as [any ReadModel] {
      let before = log.readCount
      #expect(try folder.runner(model, log).run().rebuilt == nil)
      #expect(log.readCount - before == 8)
    }
  }

  @Test func `a model that rebuilds starts again at a forget and says so`() throws {
    let model = Totals()
    for subject in 0..<5 { log.prescribe("a", subject) }
    _ = try folder.runner(model, log).run()
    log.forget(2)
    log.prescribe("b", 4)
    let summary = try folder.runner(model, log).run()
    #expect(
      summary == ProjectionSummary(projection: "totals", position: 7, events: 5, skipped: 1, rebuilt: .forget))
    #expect(try folder.rows(model).first?.values == ["a", 4, .text("\(canary(4)) tablet ")])
    #expect(try folder.residue(of: 2).isEmpty)
    #expect(try folder.runner(model, log).run().rebuilt == nil)
  }

  @Test func `rows from what is retained outlive every forget`() throws {
    let model = Retained()
    for subject in 0..<3 { log.prescribe("a", subject) }
    _ = try folder.runner(model, log).run()
    let before = try folder.rows(model)
    for subject in 0..<3 { log.forget(subject) }
    _ = try folder.runner(model, log).run()
    #expect(try folder.rows(model) == before)
    #expect(before.map(\.values) == [["MedicationPrescribed", "a", 3]])
    #expect(before.first?.subject == nil)
  }
}
