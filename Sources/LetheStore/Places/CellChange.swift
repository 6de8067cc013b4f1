internal import LetheSystem
internal import LetheVault

/// One change of the cells that keep the root.
public enum CellChange: Sendable, Equatable {
  /// A cell more, behind the others.
  case add(path: String, sealed: CellSealing? = nil)
  /// Another cell in the place of one.
  case replace(number: Int, path: String, sealed: CellSealing? = nil)
  case drop(number: Int)

  /// The file of the cell that is to come; nil if none comes.
  var newPath: String? {
    switch self {
    case .add(let path, _), .replace(_, let path, _): path
    case .drop: nil
    }
  }

  /// The number of the cell that leaves; nil if none does.
  var leavingNumber: Int? {
    switch self {
    case .replace(let number, _, _), .drop(let number): number
    case .add: nil
    }
  }

  /// The places after the change; the former cells leave.
  ///
  /// - Parameter threshold: nil leaves it as it is.
  /// - Throws: `refused`, `input`: what to correct.
  func applied(to places: Places, threshold: Int?) throws(LetheError) -> Places {
    var next = places
    if let path = newPath {
      guard !places.cells.contains(where: { $0.path == path }) else {
        throw LetheError(.refused, "the file is a cell of this store already; see `lethe key cell list`")
      }
    }
    switch self {
    case .add(let path, let sealing):
      next.cells.append(Places.Cell(kind: Places.fileKind, path: path, sealing: sealing))
    case .replace(let number, let path, let sealing):
      next.cells[try place(number, places)] = Places.Cell(kind: Places.fileKind, path: path, sealing: sealing)
    case .drop(let number): next.cells.remove(at: try place(number, places))
    }
    let wanted = threshold ?? Int(places.threshold)
    guard !next.cells.isEmpty else {
      throw LetheError(.refused, "it is the only cell, and keeps the root; add another one first")
    }
    guard next.cells.count <= CellSet.mostCells else {
      throw LetheError(.refused, "a root is shared among \(CellSet.mostCells) cells at most; drop one first")
    }
    guard (1...next.cells.count).contains(wanted) else {
      throw LetheError(
        .input,
        "\(wanted) of \(next.cells.count) cells cannot make the root; give --threshold from 1 to \(next.cells.count)")
    }
    next.threshold = UInt8(wanted)
    next.leaving = Places.Leaving(threshold: places.threshold, cells: places.cells)
    return next
  }

  private func place(_ number: Int, _ places: Places) throws(LetheError) -> Int {
    guard places.cells.indices.contains(number - 1) else {
      throw LetheError(.input, "there is no cell with this number; see `lethe key cell list`")
    }
    return number - 1
  }
}
