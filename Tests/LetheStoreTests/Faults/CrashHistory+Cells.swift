import LetheStore
import LetheSystem
import LetheTesting
import LetheVault

/// A cell that is away.
struct StrayedCell {
  let number: Int
  let path: String

  /// What errors call it.
  var name: String { "cell \(number)" }
}

/// What happens to the cells of a root that is shared 2 of 3: one at a time is away or an old copy, and is replaced.
extension CrashHistory {
  private func cellPaths() throws -> [String] {
    try Places(decoding: home.disk.content(of: MemoryHome.home.places) ?? []).cells.map { cell in
      cell.path.hasPrefix("/") ? cell.path : "\(MemoryHome.home.path)/\(cell.path)"
    }
  }

  /// Whether all cells have their shares of the newest root, so that one of them can be spared.
  private func areCellsEven() throws -> Bool {
    guard !home.disk.exists(MemoryHome.home.nextPlaces) else { return false }
    let copy = home.disk.crash(.cached)
    let cells = try cellPaths().map { path in
      guard copy.exists(path) else { return [RootPair]() }
      return try FileRootCell(path: path, .open, in: copy, random: SeededRandom()).labels().map(\.pair)
    }
    let newest = cells.joined().max { $0.epoch < $1.epoch }
    return cells.allSatisfy { cell in newest.map { cell.contains($0) } ?? false }
  }

  /// While the store is open.
  func disturbCells(_ store: Store) throws {
    switch (strayed, Int.random(in: 0..<4, using: &random)) {
    case (_?, 0..<3): try bringCellBack()
    case (_?, _): break
    case (nil, 0..<3):
      guard try areCellsEven() else { return }
      let paths = try cellPaths()
      let number = Int.random(in: 1...paths.count, using: &random)
      try takeAway(StrayedCell(number: number, path: paths[number - 1]))
    case (nil, _):
      let number = Int.random(in: 1...3, using: &random)
      trace("cell \(number) is replaced")
      let path = "\(MemoryHome.cellFolder)/cell-\(100 + step)"
      try tolerate { try store.changeCells(.replace(number: number, path: path)) }
    }
  }

  /// A cell's file is not where it was; faults of the disk have no part in it.
  private func takeAway(_ cell: StrayedCell) throws {
    guard !home.disk.faults.hasStopped else { return }
    trace("\(cell.name) goes away")
    oldCells[cell.path] = home.disk.content(of: cell.path)
    try home.disk.withoutFaults {
      try $0.rename(cell.path, to: cell.path + ".away")
      try $0.synchronizeDirectory(cell.path.parentPath)
    }
    strayed = cell
  }

  func bringCellBack() throws {
    guard let cell = strayed, !home.disk.faults.hasStopped else { return }
    trace("\(cell.name) is back")
    try home.disk.withoutFaults {
      try $0.rename(cell.path + ".away", to: cell.path)
      try $0.synchronizeDirectory(cell.path.parentPath)
    }
    strayed = nil
  }

  /// Now and then an old copy of a cell is put in its place, if all others are there.
  func strayBetweenProcesses() throws {
    guard strayed == nil, let path = oldCells.keys.sorted().randomElement(using: &random),
      Int.random(in: 0..<3, using: &random) == 0, let old = oldCells[path],
      try areCellsEven(), try cellPaths().contains(path)
    else { return }
    trace("an old copy of \(path.lastPathComponent) is put back")
    home.disk.damage(path) { $0 = old }
  }
}
