internal import LetheCompliance
public import LetheStore
public import LetheSystem
public import LetheVault
internal import Synchronization

/// The read models of a home: those of the application, and `medication` as a sample.
///
/// All calls block; use them from any thread. Each file is worked on by one call at a time, whatever `Projections` it is of.
public final class Projections: Sendable {
  private let source: @Sendable () -> any ProjectionSource
  private let folder: ReadModelFolder
  private let files: any FileSystem
  /// Why nothing can be written; nil if all can.
  private let refusal: LetheError?
  private let models: [any ReadModel]

  /// - Throws: `input` if a model's name or columns do not serve, or two have one name.
  public convenience init(_ store: Store, models: [any ReadModel] = []) throws(LetheError) {
    let source = try StoreSource(store)
    try self.init(
      { source }, folder: store.home.readModels, models: models, in: store.files, refusing: store.writeRefusal)
  }

  init(
    _ source: @escaping @Sendable () -> any ProjectionSource, folder: String, models: [any ReadModel],
    in files: any FileSystem = LocalFileSystem(), refusing refusal: LetheError? = nil
  ) throws(LetheError) {
    self.source = source
    self.refusal = refusal
    self.folder = ReadModelFolder(folder, in: files)
    self.files = files
    self.models = (models.contains { $0.name == "medication" } ? [] : [Medication()]) + models
    for model in models { try model.check() }
    guard Set(self.models.map(\.name)).count == self.models.count else {
      throw LetheError(.input, "two read models have one name; rename one")
    }
  }

  /// Every model that is known here or has a file in the home, by name, with its bookmark.
  public func list() throws(LetheError) -> [ProjectionSummary] {
    var summaries: [ProjectionSummary] = []
    for name in try names() { summaries.append(try summary(name)) }
    return summaries
  }

  /// Where a model's bookmark stands; 0 if it never ran.
  public func summary(_ name: String) throws(LetheError) -> ProjectionSummary {
    try inTurn(name) { () throws(LetheError) in
      ProjectionSummary(
        projection: name, position: try existing(name)?.progress.position ?? 0, events: 0, skipped: 0, rebuilt: nil)
    }
  }

  /// Brings a model up to the end of the log.
  ///
  /// - Throws: `refused` if no such model is known here; `missingKey` and `damage` with the position, after everything
  ///   before was applied; what the model throws.
  public func run(_ name: String) throws(LetheError) -> ProjectionSummary {
    let runner = try runner(name)
    return try inTurn(name) { () throws(LetheError) in try runner.run() }
  }

  /// The same for all models known here, by name.
  public func run() throws(LetheError) -> [ProjectionSummary] {
    var summaries: [ProjectionSummary] = []
    for name in models.map(\.name).sorted() { summaries.append(try run(name)) }
    return summaries
  }

  /// Removes a model's file and makes it anew.
  public func rebuild(_ name: String) throws(LetheError) -> ProjectionSummary {
    let runner = try runner(name)
    return try inTurn(name) { () throws(LetheError) in try runner.rebuild() }
  }

  /// The same for all models known here, by name.
  public func rebuild() throws(LetheError) -> [ProjectionSummary] {
    var summaries: [ProjectionSummary] = []
    for name in models.map(\.name).sorted() { summaries.append(try rebuild(name)) }
    return summaries
  }

  /// Gives a model's rows in the order of their keys, of one subject or all, as the last run left them. Writes nothing, and
  /// waits for no other process that has the file.
  ///
  /// A row of somebody who was forgotten, or whose forget has begun, is never given, even if it was not purged yet. In a
  /// model that rebuilds on a forget no row can be told from any other, so that none is given until the next run.
  /// Everything else that this process does with the file waits until the rows are given, so that `body` never asks for the
  /// same model, and makes no `ForgetDesk`: it would wait for itself. Keep what it needs, and ask afterwards.
  ///
  /// - Returns: how many rows were withheld for that.
  /// - Throws: `refused` if there is no such model, or its file is of another log; what `body` throws.
  @discardableResult
  public func show(
    _ name: String, subject: SubjectIndex? = nil, _ body: (ReadModelRow) throws(LetheError) -> Void
  ) throws(LetheError) -> Int {
    try inTurn(name) { () throws(LetheError) in
      for _ in 1...ReadModelLook.attempts {
        guard let look = try existing(name) else { return 0 }
        let log = source()
        if let misfit = try look.progress.misfit(folder.file(name), look.identity, log) { throw misfit }
        if let withheld = try RowShowing(look: look, log: log).give(of: subject, body) { return withheld }
      }
      throw .changing(folder.file(name))
    }
  }

  // MARK: Purges

  /// Read models with a file, or with what is left of one.
  func namesWithRemains() throws(LetheError) -> [String] { try folder.namesWithRemains() }

  var logHasForgets: Bool {
    get throws(LetheError) { try source().hasChanges }
  }

  func standing(of name: String) -> Standing { folder.standing(of: name, source()) }

  /// Removes the rows of everybody whom the log forgot, without the model's code.
  ///
  /// A file of a model that is known here and that cannot be read, or is of another log, is emptied, to be filled by the
  /// next run.
  func purge(_ name: String, waiting patience: Duration) throws(LetheError) {
    do throws(LetheError) { try sweep(name, waiting: patience) } catch {
      guard error.code == .damage || error.code == .refused, models.contains(where: { $0.name == name }) else {
        throw error
      }
      let runner = try runner(name)
      try inTurn(name) { () throws(LetheError) in try runner.empty() }
    }
  }

  private func sweep(_ name: String, waiting patience: Duration) throws(LetheError) {
    if let refusal { throw refusal }
    try inTurn(name) { () throws(LetheError) in
      guard files.exists(folder.file(name)) else {
        try folder.demandReached(folder.file(name))
        return try ReadModelFile.remove(folder.file(name), in: files)
      }
      guard let (file, identity) = try ReadModelFile.open(folder.file(name), waiting: patience, in: files) else {
        return
      }
      try file.sweep(source(), identity)
    }
  }

  // MARK: Names and files

  private func runner(_ name: String) throws(LetheError) -> ProjectionRunner {
    if let refusal { throw refusal }
    guard let model = models.first(where: { $0.name == name }) else {
      throw LetheError(
        .refused,
        "no read model of this name is known here; choose one of `lethe projection list`, or run it by its application")
    }
    return ProjectionRunner(model: model, path: folder.file(name), source: source(), files: files)
  }

  /// - Throws: `refused` if the name is neither a model's nor a file's.
  private func existing(_ name: String) throws(LetheError) -> ReadModelLook? {
    guard try names().contains(name) else {
      throw LetheError(.refused, "there is no read model of this name; choose one of `lethe projection list`")
    }
    return try ReadModelLook.open(folder.file(name), in: files)
  }

  private func names() throws(LetheError) -> [String] {
    Set(models.map(\.name)).union(try folder.names()).sorted()
  }

  private func inTurn<Outcome: Sendable>(
    _ name: String, _ body: () throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    try FileTurns.inTurn(folder.file(name), body)
  }
}
