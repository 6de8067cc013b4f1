internal import LetheCrypto
internal import LetheLog
public import LetheSystem
internal import LetheVault

extension Store {
  /// Has a folder hold all pages from now on: copies those of the current epoch, then records the place. A folder that is
  /// a replica already is given what it lacks. Durable at return; the folder takes part in the next vault commit.
  ///
  /// - Parameter folder: an absolute path; made if it is not there.
  /// - Returns: the replica's number, from 1, and how many pages it was given.
  /// - Throws: `refused` for a folder of keys or of another store; `io`. Nothing takes part then that did not before.
  public func addReplica(_ folder: String) throws(LetheError) -> (number: Int, pages: Int) {
    try perform { (writer) throws(LetheError) in try writer.addReplica(folder) }
  }

  /// Lets a folder take part no more, whether it can be reached or not, and finishes the forgets that waited for it. What
  /// it holds stays there, sealed.
  ///
  /// - Throws: `refused` if the folder is no replica; what finishing a forget throws, and the folder is dropped then.
  public func dropReplica(_ folder: String) throws(LetheError) {
    try perform { (writer) throws(LetheError) in try writer.dropReplica(folder) }
  }

  /// The folders that take part in every vault commit.
  public var replicas: [String] { parts.places.withLock { $0.replicas } }

  /// Why a replica did not take part the last time it was asked; nil if all did.
  public var awayReplica: LetheError? { parts.vault.awayReplica }

  /// Forget cases that are begun and not finished; their subjects are restricted.
  public var unfinishedForgets: Int { parts.state.read { $0.index.forgets.open.count } }
}

extension StoreWriter {
  func addReplica(_ folder: String) throws(LetheError) -> (number: Int, pages: Int) {
    let files = parts.world.files
    guard folder.hasPrefix("/") else {
      throw LetheError(.input, "a replica's folder is named by its whole path; begin it with a slash")
    }
    guard !["root.cell", "signing.key", "Keys"].contains(where: { files.exists("\(folder)/\($0)") }) else {
      throw LetheError(
        .refused, "the folder holds keys or a home; name one for the replica alone, best on another disk")
    }
    var places = parts.places.withLock { $0 }
    guard !places.cells.contains(where: { $0.path.hasPrefix(folder + "/") }) else {
      throw LetheError(.refused, "a root cell lies in the folder, and no copy may hold a root; name another folder")
    }
    let known = try knownReplica(folder, places)
    let folder = known.map { places.replicas[$0] } ?? folder
    let replica = Replica.inFolder(folder, number: (known ?? places.replicas.count) + 1, files)
    let isNew = !files.exists(folder)
    try files.createDirectory(folder)
    // Whoever owns the keys ships to it, whoever adds it.
    if isNew { try files.hand(folder, toOwnerOf: parts.home.keys) }
    do throws(LetheError) {
      let pages = try SQLitePageStore(path: Replica.file(in: folder), .create, .rollback, in: files)
      try pages.close()
    } catch { throw LetheError(.io, "the folder cannot hold a replica: \(error.message)", cause: error.cause) }
    try files.synchronizeDirectory(folder)
    let count: Int
    do throws(LetheError) { count = try parts.vault.copyPages(to: replica) } catch {
      // Forgets wait for a replica that is away, but not for a folder that never became one.
      guard known == nil else { throw error }
      throw LetheError(
        .io, "the folder could not take all pages and is no replica yet; free or repair its disk and add it again",
        cause: error.cause)
    }
    if known == nil {
      places.replicas.append(folder)
      try change(places)
    }
    try use(places)
    return (replica.number, count)
  }

  /// The place of a folder among the replicas, by whatever name; nil if it is none.
  ///
  /// - Throws: `refused` for a folder in the home.
  private func knownReplica(_ folder: String, _ places: Places) throws(LetheError) -> Int? {
    let place = try FolderTree.wholePath(folder)
    guard try !parts.home.holds(place) else {
      throw LetheError(
        .refused, "the folder lies in the home and would be lost with it; name one elsewhere, best on another disk")
    }
    for (number, other) in places.replicas.enumerated() {
      let otherPlace = try FolderTree.wholePath(other)
      if other == folder || otherPlace == place { return number }
    }
    return nil
  }

  func dropReplica(_ folder: String) throws(LetheError) {
    var places = parts.places.withLock { $0 }
    guard let number = places.replicas.firstIndex(of: folder) else {
      throw LetheError(.refused, "the folder is no replica of this store; see `lethe replica list`")
    }
    places.replicas.remove(at: number)
    try change(places)
    try use(places)
  }

  private func use(_ places: Places) throws(LetheError) {
    parts.vault.use(Replica.all(of: places, parts.world.files))
    try parts.vault.catchUpReplicas()
    shipPlaces()
    try finishForgetsUnlessAway()
    try sign()
  }

  /// Records other places, in the order that `PlacesFile` tells.
  func change(_ places: Places) throws(LetheError) {
    let (home, files) = (parts.home, parts.world.files)
    try settleBrokenChange()
    try PlacesFile.prepare(places, home, files)
    try record([FactDraft(.placesChanged(places.change), .store(places.texts))])
    // The fact decides: they are in force, even if moving the file fails now.
    parts.places.withLock { $0 = places }
    parts.vault.use(Replica.all(of: places, files))
    try PlacesFile.adopt(home, files)
    shipPlaces()
  }
}

extension Replica {
  /// A replica's pages as `SQLitePageStore` keeps them. Beside them lies `places.json`, and nothing else: no root, no signing
  /// key, no directory.
  static func file(in folder: String) -> String { folder + "/vault.sqlite" }

  static func inFolder(_ folder: String, number: Int, _ files: any FileSystem) -> Replica {
    let path = file(in: folder)
    return Replica(number: number) { () throws(LetheError) in
      try SQLitePageStore(path: path, .readWrite, .rollback, in: files)
    }
  }

  static func all(of places: Places, _ files: any FileSystem) -> [Replica] {
    places.replicas.enumerated().map { inFolder($0.element, number: $0.offset + 1, files) }
  }
}
