internal import LetheCrypto
internal import LetheSystem
internal import LetheVault

/// The root cells of a home: the one place that knows how a cell is reached.
enum RootCells {
  /// The cells that keep the root, as the places name them.
  ///
  /// - Throws: `io` if a cell cannot be reached; `damage` if it is none.
  static func open(_ places: Places, _ home: Home, _ world: World) throws(LetheError) -> CellSets {
    var cells: [any RootCell] = []
    for cell in places.cells {
      cells.append(
        try FileRootCell(path: path(of: cell, home), .open, in: world.files, random: world.random))
    }
    return CellSets(CellSet(cells, threshold: Int(places.threshold)))
  }

  /// Makes the cells of a new home.
  static func create(_ places: Places, _ home: Home, _ world: World) throws(LetheError) -> CellSet {
    var cells: [any RootCell] = []
    for cell in places.cells {
      cells.append(
        try FileRootCell(path: path(of: cell, home), .create, in: world.files, random: world.random))
    }
    return CellSet(cells, threshold: Int(places.threshold))
  }

  /// Where a cell's file lies.
  static func path(of cell: Places.Cell, _ home: Home) -> String {
    cell.path.hasPrefix("/") ? cell.path : "\(home.path)/\(cell.path)"
  }
}
