internal import LetheCrypto
internal import LetheSystem
internal import LetheVault

/// The root cells of a home: the one place that knows how a cell is reached.
enum RootCells {
  /// Cells that are open. A sealed one takes long to open, and its passphrase may have to be asked for.
  final class Stock: Sendable {
    private struct Entry {
      let sealing: CellSealing?
      let cell: FileRootCell
    }

    private let entries = Monitor<[String: Entry]>([:])

    func cell(
      _ path: String, _ sealing: CellSealing?, _ open: () throws(LetheError) -> FileRootCell
    ) throws(LetheError) -> FileRootCell {
      if let entry = entries.withLock({ $0[path] }), entry.sealing == sealing { return entry.cell }
      let cell = try open()
      entries.withLock { $0[path] = Entry(sealing: sealing, cell: cell) }
      return cell
    }
  }

  /// The cells that keep the root, as the places name them; those that leave, and those of a change that the log does not
  /// have. One that cannot be reached says so when it is used.
  ///
  /// - Parameters:
  ///   - next: the places of such a change.
  ///   - stock: cells that were opened before; they are not opened again.
  static func open(
    _ places: Places, next: Places? = nil, _ home: Home, _ world: World, from stock: Stock = Stock()
  ) throws(LetheError) -> CellSets {
    func set(_ threshold: UInt8, _ cells: [Places.Cell]) throws(LetheError) -> CellSet {
      var found: [any RootCell] = []
      for (place, cell) in cells.enumerated() {
        let path = path(of: cell, home)
        let opened = try stock.cell(path, cell.sealing) { () throws(LetheError) in
          try file(path, .open, sealed: cell.sealing, number: place + 1, home, world)
        }
        found.append(opened)
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
