internal import LetheCrypto
internal import LetheLog
public import LetheSystem
internal import LetheVault

extension Store {
  /// Shares a new root among other cells, and erases the old one in the cells that kept it. Durable at return.
  ///
  /// - Parameters:
  ///   - change: a path is absolute.
  ///   - threshold: how many cells make the root from now on; nil leaves it as it is.
  /// - Throws: `refused` or `input` for what cannot be; `io` if a cell of the new ones, or too many of the old, are away.
  ///   The sentence says whether the change was taken back, or is for the next opening to finish or take back.
  /// - Returns: the file of the cell that left, as the places named it, if it is still there and nothing is left in it: it
  ///   may be removed.
  @discardableResult
  public func changeCells(_ change: CellChange, threshold: Int? = nil) throws(LetheError) -> String? {
    try perform { (writer) throws(LetheError) in
      let former = writer.parts.places.withLock { $0.cells }
      try writer.changeCells(change, threshold: threshold)
      guard let number = change.leavingNumber, former.indices.contains(number - 1) else { return nil }
      return try writer.erasedFile(of: former[number - 1], number)
    }
  }

  /// How many cells there are.
  public var cellCount: Int { parts.places.withLock { $0.cells.count } }

  /// How many of them make the root.
  public var cellThreshold: Int { parts.places.withLock { Int($0.threshold) } }

  /// Whether an old root may still be in cells that left; it is erased when they are back.
  public var hasLeavingCells: Bool { parts.vault.hasLeavingCells }

  /// Why cells did not take part the last time they were asked, one each. With enough others the store serves without
  /// them.
  public var awayCells: [LetheError] { parts.vault.awayCells }

  /// Numbers of cells that came back, or were put back from an old copy, and were given their present share.
  public var renewedCells: [Int] { parts.vault.renewedCells }

  /// Why nobody's keys can be destroyed now; nil if nothing stands in the way.
  public var holdup: LetheError? { parts.vault.holdup }
}

/// What became of a change of cells that failed.
private enum FailedChange { case takenBack, undecided, made }

extension LetheError {
  fileprivate func ofChange(_ change: FailedChange) -> LetheError {
    let what =
      switch change {
      case .takenBack: "the change of cells was taken back, and the cells keep the root as before"
      case .undecided:
        "the change of cells is half made, and the next command that opens the store finishes it or takes it back"
      case .made: "the change of cells is made, and the next command that opens the store erases the old root"
      }
    return LetheError(code, "\(what): \(message)", place: place, cause: cause)
  }
}

extension StoreWriter {
  func changeCells(_ change: CellChange, threshold: Int?) throws(LetheError) {
    let (home, files) = (parts.home, parts.world.files)
    try parts.vault.catchUpReplicas()
    // Every root but the current one is dead before another is prepared: see `CellSettlement`.
    try parts.vault.settleCells()
    if let holdup = parts.vault.holdup { throw holdup }
    try tidyPlaces()
    let places = parts.places.withLock { $0 }
    let next = try change.applied(to: places, threshold: threshold)
    var cells = parts.vault.cells.cells
    switch change {
    case .add(let path, let sealing): cells.append(try newCell(path, sealing, number: cells.count + 1))
    case .replace(let number, let path, let sealing):
      cells[number - 1] = try newCell(path, sealing, number: number)
    case .drop(let number): cells.remove(at: number - 1)
    }
    let commit = try parts.vault.begin(CommitRequest(cells: CellSet(cells, threshold: Int(next.threshold))))
    try PlacesFile.prepare(next, home, files)
    do throws(LetheError) { try carryOut(commit, changing: next) } catch {
      guard parts.places.withLock({ $0 == next }) else {
        // What was staged is erased, if anything was. Where that cannot be, the next start finds how far it came.
        guard parts.vault.isReady || parts.vault.takeBack(commit) else { throw error.ofChange(.undecided) }
        try PlacesFile.takeBack(home, files)
        throw error.ofChange(.takenBack)
      }
      // The change is made; the old root is erased when the cells that are away come back.
      guard commit.holdup != nil else { throw error.ofChange(.made) }
    }
    try sign()
  }

  /// The file of a cell that left, as the places named it; nil if it is not there or may still hold a share.
  fileprivate func erasedFile(of cell: Places.Cell, _ number: Int) throws(LetheError) -> String? {
    let path = RootCells.path(of: cell, parts.home)
    guard !parts.vault.hasLeavingCells, parts.world.files.exists(path) else { return nil }
    let opened = try RootCells.file(path, .open, sealed: cell.sealing, number: number, parts.home, parts.world)
    do throws(LetheError) { return try opened.labels().isEmpty ? cell.path : nil } catch {
      // What cannot be read is nothing to say that about.
      return nil
    }
  }

  /// Before each commit: a change of cells that was broken off is out of the world, or the commit waits. A root above the
  /// log's is taken for the change's as long as its places lie there.
  func settleBrokenChange() throws(LetheError) {
    guard parts.world.files.exists(parts.home.nextPlaces) else { return }
    try parts.vault.settleCells()
    try tidyPlaces()
    if parts.world.files.exists(parts.home.nextPlaces) {
      throw parts.vault.holdup
        ?? LetheError(.io, "a change of root cells was broken off; open the store again, which finishes it")
    }
  }

  /// A cell where there is none yet. Its folder must be there: a disk that is not mounted is not to be taken for a folder.
  private func newCell(_ path: String, _ sealing: CellSealing?, number: Int) throws(LetheError) -> any RootCell {
    let files = parts.world.files
    guard path.hasPrefix("/") else {
      throw LetheError(.input, "a cell is named by its whole path; begin it with a slash")
    }
    guard files.exists(path.parentPath) else {
      throw LetheError(.io, "the folder of the new cell is not there; mount its disk or make it")
    }
    guard try !isCopied(path, files) else {
      throw LetheError(.refused, "the folder is one that is copied, and no copy may hold a root; name another one")
    }
    if case .keyFile(let keyFile) = sealing {
      guard keyFile.hasPrefix("/") else {
        throw LetheError(.input, "a key file is named by its whole path; begin it with a slash")
      }
      guard try !isCopied(keyFile, files) else {
        throw LetheError(.refused, "the key file lies in a folder that is copied; keep it elsewhere")
      }
    }
    // Before anything is staged: a change that fails then may go on at the next start.
    try CellSecrets.seal(sealing, named: "cell \(number)", for: .sealing, parts.world)?.check(parts.world.random)
    let cell = try RootCells.file(path, .create, sealed: sealing, number: number, parts.home, parts.world)
    do throws(LetheError) { try cell.hold(waiting: .zero) } catch {
      guard error.code == .locked else { throw error }
      throw LetheError(
        .io, "the file is a cell that is in use, of this home or of another; name another file", place: "cell \(number)"
      )
    }
    return cell
  }

  /// Whether a file lies, by whatever name, where backups and replicas take or keep what they hold. Of the home only Keys/
  /// itself is not such a place, whose roots and secrets no backup takes.
  private func isCopied(_ path: String, _ files: any FileSystem) throws(LetheError) -> Bool {
    let folder = try FolderTree.wholePath(path).parentPath
    if try folder == FolderTree.wholePath(parts.home.keys) { return false }
    if try parts.home.holds(folder) { return true }
    for replica in parts.places.withLock({ $0.replicas }) {
      if try folder.isOrLies(in: FolderTree.wholePath(replica)) { return true }
    }
    return files.exists(folder + "/vault.sqlite")
  }

  /// Once the old root is dead, the places name its cells no more, and nothing is left of a change that was broken off.
  func tidyPlaces() throws(LetheError) {
    // After a write failed, nobody knows whether the log has the newest change.
    try demandRunning()
    let (home, files) = (parts.home, parts.world.files)
    if let next = try PlacesFile.next(home, namedBy: parts.state.read({ $0.index.places?.change }), files) {
      let present = parts.places.withLock { $0 }
      // The next start goes on with a change of cells.
      guard next.cells == present.cells, next.threshold == present.threshold else { return }
      try PlacesFile.adopt(home, files)
    }
    guard !parts.vault.hasLeavingCells else { return }
    if files.exists(home.nextPlaces) { try PlacesFile.takeBack(home, files) }
    var places = parts.places.withLock { $0 }
    guard places.leaving != nil else { return }
    places.leaving = nil
    try change(places)
  }
}
