internal import LetheLog
internal import LetheStore
internal import LetheSystem

/// Opens the log of a copy that nobody may change and that may have been taken in the middle of a write.
enum CopiedLog {
  /// The whole groups of the copy's segments, whoever wrote them; what was torn at its end is left out.
  ///
  /// - Throws: `damage` if the copy is broken before its end; `input` if it is another store's; `io`.
  static func open(_ copy: Home, storeID: [UInt8], in world: World) throws(LetheError) -> FileLog {
    // Whoever wrote it, it tells how much was there when the copy was taken.
    let stated = try ClosedHome.publishedCheckpoint(of: copy, in: world).flatMap { (bytes) -> Checkpoint? in
      guard let note = try? SignedNote(parsing: bytes) else { return nil }
      return try? Checkpoint(text: note.text)
    }
    func log(_ checkpoint: Checkpoint?) throws(LetheError) -> FileLog {
      try FileLog.open(
        in: copy.log, fileSystem: world.files, storeID: storeID, atLeast: checkpoint, believing: .everything,
        access: .read)
    }
    do throws(LetheError) { return try log(stated) } catch {
      // The segments may have been copied before the checkpoint was.
      guard error.code == .rolledBack else { throw error }
      return try log(nil)
    }
  }
}
