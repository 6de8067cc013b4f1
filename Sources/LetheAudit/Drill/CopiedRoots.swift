internal import LetheCrypto
internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// Looks for roots in a copy, where none should be: any file of the size of a root cell, wherever it lies.
struct CopiedRoots {
  private static let depthLimit = 16
  private static let cellByteCount = 8192

  private let storeID: [UInt8]
  private let files: any FileSystem
  private(set) var shares: [RootShare] = []

  /// - Throws: `io`.
  init(_ copy: Home, storeID: [UInt8], in world: World) throws(LetheError) {
    self.storeID = storeID
    files = world.files
    if files.exists(copy.rootCell) { try look(at: copy.rootCell) }
    try search(copy.path, besides: copy.rootCell, depth: 0)
  }

  private mutating func search(_ directory: String, besides known: String, depth: Int) throws(LetheError) {
    // Links may lead in circles.
    guard depth < Self.depthLimit else { return }
    for name in try files.contents(of: directory) {
      let path = "\(directory)/\(name)"
      if files.exists("\(path)/.") {
        try search(path, besides: known, depth: depth + 1)
      } else if path != known, files.exists(path) {
        try look(at: path)
      }
    }
  }

  private mutating func look(at path: String) throws(LetheError) {
    guard try files.open(path, .read).size() == Self.cellByteCount else { return }
    do throws(LetheError) {
      let cell = try FileRootCell(
        path: path, .open, in: ReadingFiles(base: files), random: SystemRandom(), inspect: { _ in nil })
      shares += try cell.readAll().filter { $0.storeID == storeID }
    } catch {
      // A file of that size that is no cell, or of a later version, which this one could not use either.
      guard error.code == .damage || error.code == .format else { throw error }
    }
  }
}

/// Opens every file for reading only.
private struct ReadingFiles: FileSystem {
  let base: any FileSystem

  func open(_ path: String, _ mode: OpenMode) throws(LetheError) -> any File { try base.open(path, .read) }
  func exists(_ path: String) -> Bool { base.exists(path) }
  func contents(of directory: String) throws(LetheError) -> [String] { try base.contents(of: directory) }
  func createDirectory(_ path: String) throws(LetheError) { throw Self.unchanged }
  func rename(_ path: String, to target: String) throws(LetheError) { throw Self.unchanged }
  func remove(_ path: String) throws(LetheError) { throw Self.unchanged }
  func synchronizeDirectory(_ path: String) throws(LetheError) { throw Self.unchanged }

  private static var unchanged: LetheError {
    LetheError(.refused, "a copy under drill is never changed; this is a fault of lethe")
  }
}
