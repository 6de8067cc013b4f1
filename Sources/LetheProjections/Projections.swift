public import LetheStore
public import LetheSystem
public import LetheVault
internal import Synchronization

/// The read models of a home: those of the application, and `medication` as a sample.
///
/// All calls block; use them from any thread. Each model is worked on by one call at a time.
public final class Projections: Sendable {
  private let source: @Sendable () -> any ProjectionSource
  private let folder: String
  private let files: any FileSystem
  private let models: [any ReadModel]
  private let locks = Mutex<[String: FileTurn]>([:])

  /// - Throws: `input` if a model's name or columns do not serve, or two have one name.
  public convenience init(_ store: Store, models: [any ReadModel] = []) throws(LetheError) {
    let source = try StoreSource(store)
    try self.init({ source }, folder: store.home.readModels, models: models, in: store.files)
  }

  init(
    _ source: @escaping @Sendable () -> any ProjectionSource, folder: String, models: [any ReadModel],
    in files: any FileSystem = LocalFileSystem()
  ) throws(LetheError) {
    self.source = source
    self.folder = folder
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
      let opened = try existingFile(name)
      return ProjectionSummary(
        projection: name, position: try opened?.file.progress().position ?? 0, events: 0, skipped: 0, rebuilt: nil)
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

  /// Gives a model's rows in the order of their keys, of one subject or all, as the last run left them.
  ///
  /// - Throws: `refused` if there is no such model; what `body` throws.
  public func show(
    _ name: String, subject: SubjectIndex? = nil, _ body: (ReadModelRow) throws(LetheError) -> Void
  ) throws(LetheError) {
    try inTurn(name) { () throws(LetheError) in
      try existingFile(name)?.file.table.forEach(of: subject, body)
    }
  }

  /// Brings every read model that has a file in the home past every forget that the log holds now; at return no file,
  /// write-ahead log or journal of an acknowledged one has a byte of whom they forgot.
  ///
  /// A model that is known here is run; of one that is not, the rows are purged without moving its bookmark.
  public func catchUpAll() throws(LetheError) -> [Acknowledgement] {
    var answers: [Acknowledgement] = []
    for name in try fileNames() {
      do {
        if models.contains(where: { $0.name == name }) {
          _ = try run(name)
        } else {
          try sweep(name)
        }
        answers.append(Acknowledgement(projection: name, outcome: .acknowledged))
      } catch { answers.append(Acknowledgement(projection: name, outcome: .failed(error))) }
    }
    return answers
  }

  private func sweep(_ name: String) throws(LetheError) {
    try inTurn(name) { () throws(LetheError) in
      guard let (file, identity) = try ReadModelFile.open(path(name), in: files) else { return }
      try file.sweep(source(), identity)
    }
  }

  // MARK: Names and files

  private func path(_ name: String) -> String { "\(folder)/\(name).sqlite" }

  private func runner(_ name: String) throws(LetheError) -> ProjectionRunner {
    guard let model = models.first(where: { $0.name == name }) else {
      throw LetheError(
        .refused,
        "no read model of this name is known here; choose one of `lethe projection list`, or run it by its application")
    }
    return ProjectionRunner(model: model, path: path(name), source: source(), files: files)
  }

  /// - Throws: `refused` if the name is neither a model's nor a file's.
  private func existingFile(
    _ name: String
  ) throws(LetheError) -> (file: ReadModelFile, identity: ReadModelFile.Identity)? {
    guard try names().contains(name) else {
      throw LetheError(.refused, "there is no read model of this name; choose one of `lethe projection list`")
    }
    return try ReadModelFile.open(path(name), in: files)
  }

  private func names() throws(LetheError) -> [String] {
    Set(models.map(\.name)).union(try fileNames()).sorted()
  }

  private func fileNames() throws(LetheError) -> [String] {
    guard files.exists(folder) else { return [] }
    return try files.contents(of: folder).filter { $0.hasSuffix(".sqlite") }.map { String($0.dropLast(7)) }
  }

  // MARK: Turns

  private final class FileTurn: Sendable {
    let lock = Mutex<Void>(())
  }

  private func inTurn<Outcome: Sendable>(
    _ name: String, _ body: () throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    let turn = locks.withLock { turns in
      let turn = turns[name] ?? FileTurn()
      turns[name] = turn
      return turn
    }
    return try turn.lock.withLock { (_) throws(LetheError) in try body() }
  }
}

/// Whether a read model has seen to the forgets of the log (Art. 19).
public struct Acknowledgement: Sendable, Equatable {
  public enum Outcome: Sendable, Equatable {
    case acknowledged
    case failed(LetheError)
  }

  public let projection: String
  public let outcome: Outcome
}
