package import LetheCompliance
package import LetheSystem

/// The folder of a home's read models, whoever made them, as it is seen without changing anything.
package struct ReadModelFolder: Sendable {
  let path: String
  let files: any FileSystem

  package init(_ path: String, in files: any FileSystem) {
    self.path = path
    self.files = files
  }

  func file(_ name: String) -> String { "\(path)/\(name)\(Self.ending)" }

  private static let ending = ".sqlite"

  /// Read models that have a file, by name.
  func names() throws(LetheError) -> [String] { try names(ending: [Self.ending]) }

  /// The same, and those of which only what SQLite keeps beside a file is left: a model that is being removed when a crash
  /// comes leaves its write-ahead log, full of rows.
  package func namesWithRemains() throws(LetheError) -> [String] {
    try names(ending: ReadModelFile.endings.map { Self.ending + $0 })
  }

  private func names(ending endings: [String]) throws(LetheError) -> [String] {
    guard files.exists(path) else {
      try demandReached(path)
      return []
    }
    // A name that begins with a dot is of a file that some other program keeps beside one of ours.
    let names = try files.contents(of: path).filter { !$0.hasPrefix(".") }.compactMap { name in
      endings.first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
    }
    return Set(names).sorted()
  }

  /// Makes sure that what is not there is not merely away: behind a link whose disk is not mounted all rows may be.
  ///
  /// - Throws: what says so; `io`.
  func demandReached(_ path: String) throws(LetheError) {
    guard !files.exists(path), try files.entry(at: path) == .other else { return }
    throw FileClass.isLinkToNothing(path.lastPathComponent)
  }

  /// How a read model stands to the forgets of a log, by its file alone.
  ///
  /// A file that is damaged, or no read model of this log, may hold anything: it owes.
  package func standing(of name: String, _ log: any ForgetLog) -> Standing {
    FileTurns.inTurn(file(name)) { () throws(Never) in standing(ofFile: file(name), log) }
  }

  private func standing(ofFile path: String, _ log: any ForgetLog) -> Standing {
    do throws(LetheError) {
      guard try log.hasChanges else { return .acknowledged }
      guard files.exists(path) else {
        try demandReached(path)
        guard ReadModelFile.endings.contains(where: { files.exists(path + $0) }) else { return .acknowledged }
        return .owes("a file of a read model was removed and its write-ahead log was not; remove that too")
      }
      guard let look = try ReadModelLook.open(path, in: files) else { return .acknowledged }
      if let misfit = try look.progress.misfit(path, look.identity, log) { return .owes(misfit.message) }
      let isSwept = try !log.changes(from: look.progress.swept).contains { $0.kind == .withdrawn }
      guard isSwept else { return .owes("rows of people who were forgotten may still be in its file") }
      guard !look.progress.needsScrub else {
        return .owes("its rows are purged, and their bytes may still be in its file or in the write-ahead log")
      }
      return .acknowledged
    } catch { return error.code == .io ? .unknown(error.message) : .owes(error.message) }
  }
}
