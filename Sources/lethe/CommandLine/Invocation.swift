internal import LetheCompliance
internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheProjections
internal import LetheStore
internal import LetheSystem

/// A command as it was called: what was typed, and the world that it works in.
struct Invocation: Sendable {
  enum Format: Sendable { case text, json }

  let arguments: ParsedArguments
  let console: Console
  let interruption: Interruption
  let world: World
  let secretMemory: @Sendable () -> SecretMemory.Status
  let home: Home
  let format: Format
  /// How long to wait for another process.
  let patience: Duration

  /// - Throws: `usage` if an option of every command is not understood.
  init(
    _ arguments: ParsedArguments, console: Console, world: World, interruption: Interruption,
    secretMemory: @escaping @Sendable () -> SecretMemory.Status
  ) throws(LetheError) {
    self.arguments = arguments
    self.console = console
    self.world = world
    self.interruption = interruption
    self.secretMemory = secretMemory
    home = Home(arguments.value(of: GlobalOptions.home.name) ?? ".")
    format = arguments.has(GlobalOptions.json) ? .json : .text
    patience = try arguments.duration(GlobalOptions.wait.name) ?? .seconds(5)
  }

  /// Gives the result: one line of JSON, or lines for people.
  func result(_ json: JSONValue, _ text: String...) throws(LetheError) { try result(json, lines: text) }

  /// The same with any number of lines.
  func result(_ json: JSONValue, lines: [String]) throws(LetheError) {
    switch format {
    case .json: try console.print(json.compactText)
    case .text: for line in lines { try console.print(line) }
    }
  }

  /// Opens the home, works on it, and closes it whatever happens.
  func withStore<Outcome>(
    _ work: (Store) async throws(LetheError) -> Outcome
  ) async throws(LetheError) -> Outcome {
    let store = try Store.open(home, waiting: patience, in: world)
    let outcome: Outcome
    do {
      if store.writeRefusal == nil { try tellOfHome(store) } else { tellOfMemory() }
      outcome = try await work(store)
      // A command that was refused says so in its error; the others need the note.
      tellOfWriteRefusal(store)
    } catch {
      // What stopped the work is told; that the store could not be closed then comes of the same.
      try? store.close()
      throw error
    }
    // What the work did stands, whatever keeps the store from closing.
    do { try store.close() } catch {
      let error = error.keeping(.acknowledged)
      // After closing on a full disk the next start takes as long as after a crash. The command itself did not fail.
      guard error.isForWantOfSpace else { throw error }
      console.note("lethe: \(error)")
    }
    return outcome
  }

  /// What whoever runs the command must know of the home, though it works.
  func tellOfHome(_ store: Store) throws(LetheError) {
    tellOfMemory()
    // The first command that can write reports what it found, finished or still owes.
    guard store.writeRefusal == nil else { return tellOfWriteRefusal(store) }
    tellOfOpening(store.found)
    tellOfReplicas(store)
    try settleForgets(store)
  }

  private func tellOfWriteRefusal(_ store: Store) {
    if let refusal = store.writeRefusal { console.note("lethe: \(refusal)") }
  }

  /// A forget that the opening finished leaves purges due, as a crash after one does: every command tries them. What blocks
  /// one is told, and keeps nobody from anything else.
  func settleForgets(_ store: Store) throws(LetheError) {
    for id in store.forgetsFinishedAtOpening {
      console.note("lethe: the forget of case \(id), which had begun before, is finished")
    }
    tellOfOwed(try ForgetDesk(store).owed)
  }

  /// Names read models that may still hold something of the forgotten.
  func tellOfOwed(_ answers: [RecipientAnswer]) {
    for answer in answers {
      guard case .owed(let reason) = answer.state else { continue }
      console.note("lethe: \(answer.debt), which the next command tries again: \(reason)")
    }
  }

  /// What was mended is told, lest somebody look for it in vain; and what would have told of a log that was rolled back.
  private func tellOfOpening(_ found: OpeningFindings) {
    let cut = found.recovery
    if cut.foreignGroups > 0 {
      console.note(
        "lethe: at the log's end lay \(cut.foreignGroups.counted("sealed group")) (\(cut.foreignRecords.counted("record"))) "
          + "that this store did not write there; nothing of it was carried out, and it is kept in Log/foreign/: find out who "
          + "can write Log/")
    } else if !cut.isEmpty {
      console.note(
        "lethe: what a crash left at the log's end was cut off (\(cut.recordsCut.counted("whole record")), "
          + "\(cut.bytesCut.counted("byte"))); nothing of it was ever acknowledged")
    }
    switch found.trust {
    case .checkpoint: break
    case .none:
      console.note(
        "lethe: Keys/checkpoint was not there, so nothing told whether the log lost its end; if nobody removed it, compare "
          + "Log/checkpoint with one that somebody else kept")
    }
  }

  /// The home works all the same, but who runs it must know what the machine does with its secrets.
  private func tellOfMemory() {
    switch secretMemory() {
    case .locked: break
    case .partlyLocked, .unlocked:
      console.note(
        "lethe: secrets may be written to swap, since the machine refuses to lock memory for them; "
          + "raise its limit (ulimit -l)")
    }
  }

  /// Nobody is to learn only at the next forget that a replica is away.
  private func tellOfReplicas(_ store: Store) {
    for number in store.renewedCells {
      console.note(
        "lethe: cell \(number) was away, lost or an old copy; what was in it is erased, and it has its present share")
    }
    if let holdup = store.holdup, store.awayReplica == nil {
      let waiting = store.unfinishedForgets
      console.note("lethe: \(waiting == 0 ? "" : "\(waiting.counted("forget")) not finished: ")\(holdup)")
    } else if store.cellCount > 1 {
      for failure in store.awayCells { console.note("lethe: \(failure)") }
    }
    guard let away = store.awayReplica else { return }
    let waiting = store.unfinishedForgets
    console.note("lethe: \(waiting == 0 ? "" : "\(waiting.counted("forget")) not finished: ")\(away)")
  }
}
