internal import LetheLog
internal import LetheStore
internal import LetheSystem

/// Opens the log of a copy that nobody may change and that may have been taken in the middle of a write.
enum CopiedLog {
  /// The whole batches of the copy's segments; what was torn at its end is left out.
  ///
  /// - Throws: `damage` if the copy is broken before its end; `input` if it is another store's; `io`.
  static func open(_ directory: String, storeID: [UInt8], in files: some FileSystem) throws(LetheError) -> FileLog {
    try FileLog.open(in: directory, fileSystem: files, storeID: storeID, access: .read)
  }
}
