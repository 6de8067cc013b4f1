internal import LetheCrypto
internal import LetheSystem
internal import LetheVault

/// The root cells of a home: the one place that knows how a cell is reached.
enum RootCells {
  /// The cells that keep the root, as the places name them; those that leave, and those of a change that the log does not
  /// have. One that cannot be reached says so when it is used.
  ///
  /// - Parameter next: the places of such a change.
  static func open(
    _ places: Places, next: Places? = nil, _ home: Home, _ world: World
  ) throws(LetheError) -> CellSets {
    var known: [String: FileRootCell] = [:]
    func set(_ threshold: UInt8, _ cells: [Places.Cell]) throws(LetheError) -> CellSet {
      var found: [any RootCell] = []
      for (place, cell) in cells.enumerated() {
        let path = path(of: cell, home)
        if let opened = known[path] {
          found.append(opened)
        } else {
          let opened = try file(path, .open, sealed: cell.sealing, number: place + 1, home, world)
          known[path] = opened
          found.append(opened)
        }
      }
      return CellSet(found, threshold: Int(threshold))
    }
    let current = try set(places.threshold, places.cells)
    var others: [CellSet] = []
    if let leaving = places.leaving { others.append(try set(leaving.threshold, leaving.cells)) }
    var coming: CellSet?
    if let next { coming = try set(next.threshold, next.cells) }
    return CellSets(current, others: others, next: coming)
  }

  /// Makes the cells of a new home.
  static func create(_ places: Places, _ home: Home, _ world: World) throws(LetheError) -> CellSet {
    var cells: [any RootCell] = []
    for (place, cell) in places.cells.enumerated() {
      cells.append(try file(path(of: cell, home), .create, sealed: cell.sealing, number: place + 1, home, world))
    }
    return CellSet(cells, threshold: Int(places.threshold))
  }

  /// Opens or makes one cell. What unseals it is looked for when it is needed, so that one cell more or less that cannot
  /// be opened counts as away.
  static func file(
    _ path: String, _ access: FileRootCell.Access, sealed sealing: CellSealing?, number: Int, _ home: Home,
    _ world: World
  ) throws(LetheError) -> FileRootCell {
    try FileRootCell(
      path: path, access, sealedBy: CellSecrets.seal(sealing, named: "cell \(number)", world), of: home.keys,
      in: world.files,
      random: world.random)
  }

  /// Where a cell's file lies.
  static func path(of cell: Places.Cell, _ home: Home) -> String {
    cell.path.hasPrefix("/") ? cell.path : "\(home.path)/\(cell.path)"
  }
}
