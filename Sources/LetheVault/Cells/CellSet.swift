internal import LetheSystem

/// The cells among which a root is shared, and how many of them make it.
///
/// A cell's number is its place in the list, from 1; it is also the number of its share.
package struct CellSet: Sendable {
  /// As many as may be, so that every choice of shares can be tried.
  package static let mostCells = 16

  /// k: reading the root takes so many cells.
  package let threshold: Int
  package let cells: [any RootCell]

  package init(_ cells: [any RootCell], threshold: Int = 1) {
    self.cells = cells
    self.threshold = threshold
  }

  /// n - k + 1: a root whose shares are gone from so many cells is gone, since fewer than k are left.
  package var erasingCount: Int { cells.count - threshold + 1 }

  /// As many cells must take a new root before the log hears of it: enough to read it, and enough that the old one can
  /// be erased in them.
  var committingCount: Int { max(threshold, erasingCount) }

  /// The cells with their numbers.
  var numbered: [(number: Int, cell: any RootCell)] { cells.enumerated().map { ($0.offset + 1, $0.element) } }

  func contains(_ cell: any RootCell) -> Bool { cells.contains { $0 === cell } }

  /// - Throws: `input` if there is no such set.
  func check() throws(LetheError) {
    guard (1...Self.mostCells).contains(cells.count), (1...cells.count).contains(threshold) else {
      throw LetheError(
        .input, "a root is shared among 1 to \(Self.mostCells) cells, and takes 1 of them to all of them; correct both")
    }
    for (number, cell) in numbered where cells[..<(number - 1)].contains(where: { $0 === cell }) {
      throw LetheError(.input, "cell \(number) is named twice; each cell keeps one share")
    }
  }
}

extension CellSet {
  /// What all cells together can promise: the least that n - k + 1 of them can, for no more are needed to erase a root,
  /// and of those that can most. It is L3 if these are unlike and an independent one is among them.
  package var level: CellLevel { CellLevel.together(cells.map { ($0.kind, $0.level) }, erasing: erasingCount) }
}

extension CellLevel {
  static func together(_ cells: [(kind: String, level: CellLevel)], erasing count: Int) -> CellLevel {
    let best = cells.sorted { $0.level.rank > $1.level.rank }.prefix(count)
    guard let weakest = best.last?.level else { return CellLevel(.l0, "there is no cell") }
    let isUnlike = Set(best.map(\.kind)).count > 1
    if weakest.rank >= .l2, isUnlike, best.contains(where: { $0.level.guardian == .independentOperator }) {
      return CellLevel(
        .l3, "unlike cells of which one is at an independent operator must all be read to undo an erasure")
    }
    return weakest
  }
}
