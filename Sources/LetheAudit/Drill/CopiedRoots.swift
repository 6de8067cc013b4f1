internal import LetheCrypto
internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// Looks for roots in a copy, where none should be: any file of the size of a root cell, wherever it lies.
struct CopiedRoots {
  private static let cellByteCount = 8192

  /// Those that open: what is sealed is tried with whatever seals the present cells.
  private(set) var shares: [RootShare] = []
  /// Whether there is a share of this store, opened or not.
  private(set) var isFound = false

  /// - Throws: `io`.
  init(_ copy: Home, storeID: [UInt8], seals: [CellSeal], in world: World) throws(LetheError) {
    var paths = world.files.exists(copy.rootCell) ? [copy.rootCell] : []
    for file in try FolderTree.files(in: copy.path, world.files) where file.byteCount == Self.cellByteCount {
      let path = "\(copy.path)/\(file.name)"
      if path != copy.rootCell { paths.append(path) }
    }
    for path in paths {
      guard try Self.cell(path, nil, world.files).hasShare(of: storeID) else { continue }
      isFound = true
      for seal in [nil] + seals {
        do throws(LetheError) {
          shares += try Self.cell(path, seal, world.files).readAll().filter { $0.storeID == storeID }
          break
        } catch {
          // Another key may open it; if none does, nobody has one who has what lethe has now.
          guard error.code == .missingKey || error.code == .format else { throw error }
        }
      }
    }
  }

  private static func cell(_ path: String, _ seal: CellSeal?, _ files: any FileSystem) throws(LetheError)
    -> FileRootCell
  {
    try FileRootCell(
      path: path, .copy, sealedBy: seal, in: ReadOnlyFiles(files), random: SystemRandom(), inspect: { _ in nil })
  }
}

extension FileRootCell {
  /// Whether a share of a store lies in a file that may be a cell.
  fileprivate func hasShare(of storeID: [UInt8]) throws(LetheError) -> Bool {
    do throws(LetheError) { return try labels().contains { $0.storeID == storeID } } catch {
      // No cell, or one of a later version, which this one could not use either.
      guard error.code == .damage || error.code == .format else { throw error }
      return false
    }
  }
}
