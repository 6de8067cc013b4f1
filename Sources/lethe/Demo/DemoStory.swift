internal import LetheCompliance
internal import LetheLog
internal import LethePolicies
internal import LetheProjections
internal import LetheStore
internal import LetheSystem

/// The life of a home told in steps, each of which is checked while it is told.
struct DemoStory {
  let folders: DemoFolders
  let clinic: DemoClinic
  let console: Console
  let world: World
  var teller: DemoTeller
  /// Events of the hero by stream id, as they were before the forget.
  private(set) var heroStream: StreamID?
  private var before = DemoReading()
  private var rowsBefore = DemoRows()
  /// The root cell and signing key of the time of the backup.
  private var oldSecrets: DemoSecrets?

  init(_ clinic: DemoClinic, in folders: DemoFolders, console: Console, world: World) {
    self.folders = folders
    self.clinic = clinic
    self.console = console
    self.world = world
    teller = DemoTeller(console)
  }

  private var home: Home { folders.home }
  private var hero: DemoClinic.Patient { clinic.hero }

  mutating func tell() async throws(LetheError) {
    try teller.say("Lethe keeps every event for ever and can still forget a person.")
    try teller.say(
      "This is a clinic with \(clinic.patients.count.counted("made-up patient")); one of them, \(hero.name), will ask to be forgotten."
    )
    try teller.say("")
    try begin()
    try await fill()
    try lookAround()
    try backUp()
    try forget()
    try await lookAgain()
    try compareModels()
    try verify()
    try drill()
    try tryOldCopies()
  }

  private func withStore<Outcome>(
    _ home: Home, _ work: (Store) async throws(LetheError) -> Outcome
  ) async throws(LetheError) -> Outcome {
    let store = try Store.open(home, in: world)
    let outcome: Outcome
    do { outcome = try await work(store) } catch {
      // The story ends with what went wrong first.
      try? store.close()
      throw error
    }
    try store.close()
    return outcome
  }

  private func withStore<Outcome>(
    _ home: Home, _ work: (Store) throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    let store = try Store.open(home, in: world)
    let result: Result<Outcome, LetheError>
    do { result = .success(try work(store)) } catch { result = .failure(error) }
    try store.close()
    return try result.get()
  }
}

// MARK: Before the forget

extension DemoStory {
  private mutating func begin() throws(LetheError) {
    _ = try Store.create(home, in: world)
    let status = try Store.keyStatus(home, in: world)
    try teller.step(
      "init", status.cells.count == 1,
      "A home was made: Keys/ holds the keys, Log/ the events, Policies/ what may be kept of whom.",
      "What protects it: \(KeyStatusCommand.protection(status)).")
  }

  private mutating func fill() async throws(LetheError) {
    let (console, text) = (console, clinic.text)
    let start = ContinuousClock.now
    let counts = try await withStore(home) { (store) async throws(LetheError) in
      var importer = Importer(into: store, console: console, acknowledges: false) { false }
      _ = try await importer.run(HeldBytes(text))
      return importer.counts
    }
    let seconds = (ContinuousClock.now - start).inSeconds
    try teller.step(
      "import", counts.events == clinic.lines.count && counts.refused == 0 && counts.subjects == clinic.patients.count,
      "\(counts.events.counted("event")) of \(counts.subjects.counted("patient")) were appended in "
        + "\(seconds.withThreeDecimals) s, every patient's under keys of their own.")
  }

  private mutating func lookAround() throws(LetheError) {
    let (summary, rows, reading) = try withStore(home) { (store) throws(LetheError) in
      let summary = try Projections(store).run("medication")
      return (summary, try DemoRows(of: store, hero: hero.id), try DemoReading(of: store, hero: hero))
    }
    rowsBefore = rows
    before = reading
    heroStream = reading.heroStream
    try teller.step(
      "project", summary.skipped == 0 && summary.events == UInt64(clinic.lines.count) && rows.hero > 0,
      "The read model `medication` took in \(summary.events.counted("event")): "
        + "\(rows.all.count.counted("medication")) are taken at present, \(rows.hero) of them by \(hero.name).")
    try teller.step(
      "read", reading.open == clinic.lines.count && reading.heroOpen == clinic.heroEvents && reading.showsName,
      "`read` gives back every event as it came; \(hero.name) has \(reading.heroOpen.counted("event")), one of them:",
      reading.heroSample)
    let residue = try scan([home.keys, home.log])
    try teller.step(
      "residue", residue.found == 0 && residue.files > 0,
      "Yet neither name nor id nor stream of \(hero.name) stands in any of the "
        + "\(residue.files.counted("file")) (\(residue.bytes.grouped) bytes) of Keys/ and Log/.")
  }

  private mutating func backUp() throws(LetheError) {
    oldSecrets = try DemoSecrets(of: home)
    let count = try folders.copyPages(of: home, to: folders.backup)
    let hasSecret = [folders.backup.rootCell, folders.backup.signingKey].contains { world.files.exists($0) }
    try teller.step(
      "backup", count > 0 && !hasSecret,
      "Keys/ and Log/ were copied as a backup does: \(count.counted("file")), without root cell and signing key.",
      "Nobody will ever change a byte of that copy.")
  }

  private func scan(_ folders: [String]) throws(LetheError) -> (files: Int, bytes: Int, found: Int) {
    try ResidueScan.scan(folders, for: hero.name.split(separator: " ").map(String.init) + [hero.id, hero.stream])
  }
}

// MARK: The forget and after

extension DemoStory {
  private mutating func forget() throws(LetheError) {
    let start = ContinuousClock.now
    let outcome = try withStore(home) { (store) throws(LetheError) in
      try ForgetDesk(store).forgetNow(
        subject: hero.id, ground: .consentWithdrawn, by: StaffID("demo.officer"), approver: StaffID("demo.approver"))
    }
    let seconds = (ContinuousClock.now - start).inSeconds
    try teller.step(
      "forget", outcome.events == clinic.heroEvents && outcome.epochAfter > outcome.epochBefore,
      "\(hero.name) withdrew consent, Art. 17(1)(b) GDPR. Case \(outcome.caseID) was approved and carried out in "
        + "\(seconds.withThreeDecimals) s:",
      "the keys of \(outcome.events.counted("event")) are destroyed; the vault's epoch \(outcome.epochBefore) became "
        + "\(outcome.epochAfter). No event was touched.")
  }

  private mutating func lookAgain() async throws(LetheError) {
    let (answer, reading) = try withStore(home) { (store) throws(LetheError) in
      (
        refusal { () throws(LetheError) in try store.read(.stream(StreamName(hero.stream))) { _ in .continue } },
        try DemoReading(of: store, hero: hero, stream: heroStream)
      )
    }
    try teller.step(
      "read", answer == .shredded && reading.heroOpen == 0 && reading.heroClosed + reading.partial == before.heroOpen,
      "`read \(hero.stream)` now answers: \(answer?.rawValue ?? "everything"). By its number in the log, the stream still "
        + "counts, with position and revision, but no content.")
    try teller.step(
      "partial", reading.partial == clinic.heroReactions && !reading.showsName,
      "Of \(reading.partial.counted("adverse reaction", "adverse reactions")) policy retains medicine and grade, "
        + "which are about no person any more; the note reads \"(forgotten)\".")
    try teller.step(
      "others", reading.open == clinic.lines.count - clinic.heroEvents,
      "All \(reading.open.counted("event")) of everybody else still open.")
    let (refused, status) = try await withStore(home) { (store) async throws(LetheError) in
      (try await appendAgain(to: store), try store.status(ofSubject: hero.id))
    }
    try teller.step(
      "append", refused == .shredded && status.state == .shredded,
      "A new event under the old id is refused (\(refused?.rawValue ?? "not at all")), and `subject show` says "
        + "\(status.state.rawValue): nobody comes back by accident.")
  }

  private func appendAgain(to store: Store) async throws(LetheError) -> LetheError.Code? {
    let text =
      "{\"specversion\":\"1.0\",\"id\":\"again\",\"source\":\"demo-clinic\",\"type\":\"SymptomReported\","
      + "\"datasubject\":\"\(hero.id)\",\"data\":{\"symptom\":\"cough\"}}"
    let request = AppendRequest(to: try StreamName("ward-south"), [try CloudEvent(json: Array(text.utf8))])
    do { _ = try await store.append(request) } catch { return error.code }
    return nil
  }

  private mutating func compareModels() throws(LetheError) {
    let lived = try withStore(home) { (store) throws(LetheError) in try DemoRows(of: store, hero: nil) }
    let residue = try scan([home.keys, home.log, home.readModels])
    try teller.step(
      "model", lived.all == rowsBefore.others && residue.found == 0,
      "`medication` had \(rowsBefore.all.count.counted("row")) and has \(lived.all.count.grouped): hers are gone, the others "
        + "are as before, and no file of the home holds her name or id.")
    let rebuilt = try withStore(home) { (store) throws(LetheError) in
      _ = try Projections(store).rebuild("medication")
      return try DemoRows(of: store, hero: nil)
    }
    try teller.step(
      "rebuild", rebuilt.all == lived.all,
      "Rebuilt from the whole log it is the same, row for row: forgetting and rebuilding may come in any order.")
  }

  private mutating func tryOldCopies() throws(LetheError) {
    try folders.makeTrial(DemoSecrets(of: home))
    let trial = folders.trial
    let today = refusal { () throws(LetheError) in try withStore(trial) { (_) throws(LetheError) in } }
    try teller.step(
      "old copy", today != nil && ExitCode(today ?? .usage) == .couldNotRun,
      "The backup knows her keys, but with today's root cell it does not open at all: \(today?.rawValue ?? "it opened")."
    )
    guard let oldSecrets else { return }
    try folders.makeTrial(oldSecrets)
    try drillWithOldRootCell()
    let old = try withStore(trial) { (store) throws(LetheError) in try DemoReading(of: store, hero: hero) }
    try FolderTree.remove(trial.path)
    try teller.step(
      "control", old.heroOpen == clinic.heroEvents && old.showsName,
      "A store opened on that copy reads all \(old.heroOpen.counted("event")) of hers again:",
      "erasing that one small file is what forgets, and why it is overwritten in place and never copied.")
  }

  /// The code of what was thrown; nil if nothing was.
  private func refusal(_ work: () throws(LetheError) -> Void) -> LetheError.Code? {
    do { try work() } catch { return error.code }
    return nil
  }
}
