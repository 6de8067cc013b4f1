internal import LetheCrypto
internal import LetheSystem
internal import LetheVault

/// `places.json` beside a replica's pages: a copy of the home's, so that whoever lost `Keys/` finds the cells again. There
/// is no secret in it; what it says counts only if it is the file that the log names.
extension StoreWriter {
  /// Lays the places in force beside the pages of every replica that has taken part. One that cannot be written is
  /// *behind* in `ReplicaStatus`, until a start or a change of places finds it.
  func shipPlaces() {
    let (places, files) = (parts.places.withLock { $0 }, parts.world.files)
    // Those of a home that never changed them have no file either.
    guard files.exists(parts.home.places) else { return }
    for folder in places.replicas where files.exists(Replica.file(in: folder)) {
      do throws(LetheError) {
        let path = Replica.placesFile(in: folder)
        if files.exists(path), try files.contents(ofFile: path) == places.encoded { continue }
        try files.replace(path, with: places.encoded)
      } catch {
        // Its pages, which decide whether anybody may be forgotten, tell of a replica that is away.
        continue
      }
    }
  }
}

extension Replica {
  static func placesFile(in folder: String) -> String { folder + "/places.json" }
}

extension Restoration {
  /// Where the cells are, for opening what is to be put in place: as the home's file says, or the copy's, if that is the
  /// one that the log names; nil if neither is there.
  ///
  /// - Throws: `missing-key` if nothing tells and the root is shared; `damage`, `format`, `io`.
  func cellPlaces(_ index: LogIndex) throws(LetheError) -> Places? {
    if let held = try heldPlaces(index) { return held }
    for path in [Replica.placesFile(in: folder), copy.places] where files.exists(path) {
      let bytes = try files.contents(ofFile: path)
      // Anybody may have written to the copy: another place for a cell would be given its share.
      guard SHA256.hash(bytes) == index.places?.change.digest else { continue }
      return try Places(decoding: bytes)
    }
    let label = files.exists(home.rootCell) ? try rootCellLabel() : nil
    if let label, label.shareCount > 1 {
      throw Self.placesAreMissing("\(label.threshold) of \(label.shareCount)")
    }
    if let change = index.places?.change, change.cellCount > 1 {
      throw Self.placesAreMissing("\(change.threshold) of \(change.cellCount)")
    }
    return nil
  }

  private func rootCellLabel() throws(LetheError) -> ShareLabel? {
    try FileRootCell(path: home.rootCell, .open, in: files, random: world.random).labels().last
  }

  private static func placesAreMissing(_ cells: String) -> LetheError {
    LetheError(
      .missingKey,
      "the root takes \(cells) cells and nothing tells where they are, since neither the home nor the copy has the "
        + "places.json that the log names; put Keys/places.json back first",
      place: "Keys/places.json")
  }
}
