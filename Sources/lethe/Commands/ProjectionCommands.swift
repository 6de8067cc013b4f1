internal import LetheCompliance
internal import LethePolicies
internal import LetheProjections
internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// `lethe projection …`: the home's read models.
enum ProjectionCommands {
  private static let name = Operand("NAME", .optional, "The read model's name; all of them unless given.")

  static let list = Command(
    "projection list", "Lists the read models and how far each has come.", example: "lethe projection list"
  ) { (invocation) throws(LetheError) in
    let summaries = try await withProjections(invocation) { (projections, _) throws(LetheError) in
      try projections.list()
    }
    for summary in summaries {
      try invocation.result(
        .object(["projection": .string(summary.projection), "position": .int(summary.position)]),
        "\(summary.projection)  position \(summary.position.grouped)")
    }
    return .success
  }

  static let run = Command(
    "projection run", "Brings read models up to the end of the log.", operands: [name],
    example: "lethe projection run medication"
  ) { (invocation) throws(LetheError) in
    let summaries = try await withProjections(invocation) { (projections, _) throws(LetheError) in
      guard let name = invocation.arguments.operand("NAME") else { return try projections.run() }
      return [try projections.run(name)]
    }
    try report(summaries, invocation)
    return .success
  }

  static let rebuild = Command(
    "projection rebuild", "Makes read models anew from the whole log.", operands: [name],
    example: "lethe projection rebuild medication"
  ) { (invocation) throws(LetheError) in
    let summaries = try await withProjections(invocation) { (projections, _) throws(LetheError) in
      guard let name = invocation.arguments.operand("NAME") else { return try projections.rebuild() }
      return [try projections.rebuild(name)]
    }
    try report(summaries, invocation)
    return .success
  }

  static let show = Command(
    "projection show", "Gives a read model's rows as the last run left them, then how far it has come.",
    operands: [Operand("NAME", "The read model's name.")],
    options: [Option("--subject", "ID", "Only the rows of the subject with this id.")],
    naming: .option("--subject"), example: "lethe projection show medication --subject P-1042"
  ) { (invocation) throws(LetheError) in
    let model = invocation.arguments.operand("NAME") ?? ""
    let id = invocation.arguments.value(of: "--subject")
    let console = invocation.console
    try await withProjections(invocation) { (projections, store) throws(LetheError) in
      var (rows, withheld) = (0, 0)
      let subject = try id.flatMap { (id) throws(LetheError) in
        try index(ofSubject: id, in: store, projections, console)
      }
      let summary = try projections.summary(model)
      if id == nil || subject != nil {
        withheld = try projections.show(model, subject: subject) { (row) throws(LetheError) in
          guard !console.isReaderGone else { return }
          rows += 1
          try console.print(row.json)
        }
      }
      if withheld > 0 {
        console.note(
          "lethe: \(withheld.counted("row")) of the forgotten, or that may be, \(withheld == 1 ? "is" : "are") not shown; "
            + "the read model owes a purge")
      }
      try invocation.result(
        json(summary).adding(["rows": .int(rows)]),
        "\(summary.projection)  position \(summary.position.grouped), \(rows.counted("row"))")
    }
    return .success
  }

  /// The number of whoever is known under an id; nil, with a note, if nobody is.
  private static func index(
    ofSubject id: String, in store: Store, _ projections: Projections, _ console: Console
  ) throws(LetheError) -> SubjectIndex? {
    let why: String
    switch try store.status(ofSubject: id).state {
    case .live: return try store.subjectIndex(ofSubject: id)
    case .restricted: why = "the subject is restricted or being forgotten, and \(rows(of: projections, store))"
    case .shredded: why = "the subject was forgotten, and \(rows(of: projections, store))"
    case .unknown: why = "no subject of this id is known here; check the id"
    }
    console.note("lethe: \(why)")
    return nil
  }

  /// What became of rows of the forgotten, as the read models themselves acknowledge it.
  private static func rows(of projections: Projections, _ store: Store) -> String {
    let owed = ForgetDesk(store, readModels: projections).owed.map(\.name)
    return owed.isEmpty
      ? "their rows went with them from every read model"
      : "rows of theirs are not shown, but may still be in \(owed.joined(separator: ", ")), which "
        + "\(owed.count == 1 ? "owes its purge" : "owe their purges")"
  }

  private static func withProjections<Outcome>(
    _ invocation: Invocation, _ work: (Projections, Store) throws(LetheError) -> Outcome
  ) async throws(LetheError) -> Outcome {
    try await invocation.withStore { (store) throws(LetheError) in try work(Projections(store), store) }
  }

  private static func json(_ summary: ProjectionSummary) -> JSONValue {
    .object([
      "projection": .string(summary.projection), "position": .int(summary.position), "events": .int(summary.events),
      "skipped": .int(summary.skipped),
    ])
  }

  private static func report(_ summaries: [ProjectionSummary], _ invocation: Invocation) throws(LetheError) {
    for summary in summaries {
      var line = json(summary)
      if let reason = summary.rebuilt {
        line = line.adding(["rebuilt": .string(reason.rawValue)])
        if reason != .requested { invocation.console.note("lethe: \(summary.projection): \(reason.sentence)") }
      }
      try invocation.result(
        line,
        "\(summary.projection)  position \(summary.position.grouped): \(summary.events.counted("event")) applied, "
          + "\(summary.skipped.grouped) skipped in whole or part as shredded or restricted")
    }
  }
}
