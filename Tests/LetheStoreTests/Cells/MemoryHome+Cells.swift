import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// A root that is shared, on the disk in memory.
extension MemoryHome {
  static let cellFolder = "/in-memory/cells"

  /// Where the cell of a number lies that `addCells` made; numbers above go on.
  static func cell(_ number: Int) -> String { number == 1 ? home.rootCell : "\(cellFolder)/cell-\(number)" }

  /// Shares the root among as many cells: any one until the last is there, which sets the threshold.
  func addCells(to count: Int, threshold: Int) async throws {
    guard count > 1 else { return }
    try disk.createDirectory(Self.cellFolder)
    try await session { (store) async throws in
      for number in 2...count {
        try store.changeCells(.add(path: Self.cell(number)), threshold: number == count ? threshold : 1)
      }
    }
  }

  /// Files of all cells that are or were, but not those that were taken away.
  func cellFiles() throws -> [String] {
    let others = disk.exists(Self.cellFolder) ? try disk.contents(of: Self.cellFolder) : []
    let paths = [Self.home.rootCell] + others.filter { !$0.contains(".") }.map { "\(Self.cellFolder)/\($0)" }
    // A file whose making was interrupted holds nothing yet.
    return paths.filter { disk.content(of: $0)?.count == 8192 }
  }

  /// The shares in all of them, read from a copy of the disk.
  func roots() throws -> [RootShare] {
    let copy = disk.crash(.cached)
    return try cellFiles().flatMap { path in
      try FileRootCell(path: path, .open, in: copy, random: SeededRandom()).readAll()
    }
  }

  /// Takes a cell's disk away, or brings it back; at once and for good.
  func takeAwayCell(_ number: Int) throws { try move(Self.cell(number), to: Self.cell(number) + ".away") }
  func bringBackCell(_ number: Int) throws { try move(Self.cell(number) + ".away", to: Self.cell(number)) }

  private func move(_ path: String, to target: String) throws {
    try disk.rename(path, to: target)
    try disk.synchronizeDirectory(target.parentPath)
  }
}
