internal import LetheSQLite
internal import LetheSystem

/// What a read model's file holds, seen without a lock and without a trace: while another process holds it, on a full disk,
/// and by somebody who may not change it.
struct ReadModelLook {
  let path: String
  let look: DatabaseLook
  let identity: ReadModelFile.Identity
  let progress: ReadModelFile.Progress
  let table: RowTable

  /// How often to look again if somebody wrote meanwhile.
  static let attempts = 8

  /// Looks at what is there; nil if that is nothing, or was never finished.
  ///
  /// - Throws: as `ReadModelFile.open`; `io` if somebody writes all the time.
  static func open(_ path: String, in files: any FileSystem) throws(LetheError) -> ReadModelLook? {
    guard files.exists(path) else { return nil }
    for _ in 1...attempts {
      let look = try DatabaseLook(path: path, ifDamaged: ReadModelFile.remedy(path), in: files)
      do throws(LetheError) {
        let found = try found(look, path)
        if look.isUnchanged { return found }
      } catch {
        // What somebody writes meanwhile reads like damage.
        if look.isUnchanged { throw error }
      }
    }
    throw .changing(path)
  }

  private static func found(_ look: DatabaseLook, _ path: String) throws(LetheError) -> ReadModelLook? {
    guard let identity = try ReadModelFile.checkedIdentity(of: look.database, path) else { return nil }
    return ReadModelLook(
      path: path, look: look, identity: identity, progress: try ReadModelFile.progress(of: look.database, path),
      table: RowTable(look.database, columns: identity.columns))
  }
}

extension LetheError {
  static func changing(_ path: String) -> LetheError {
    let name = path.lastPathComponent
    return LetheError(.io, "\(name): another process keeps changing it; try again once that has ended", place: name)
  }
}
