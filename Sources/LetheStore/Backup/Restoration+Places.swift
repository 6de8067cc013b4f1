internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// Where cells and replicas are, in a home that may have lost the file that says it.
extension Restoration {
  /// Where the cells are, for opening what is to be put in place: as the home's file says, or the copy's, if that is the
  /// one that the log names; nil if neither is there.
  ///
  /// - Throws: `missing-key` if nothing tells and the root is shared; `damage`, `format`, `io`.
  func cellPlaces(_ index: LogIndex) throws(LetheError) -> Places? {
    if let held = try heldPlaces(index) { return held }
    for path in [Replica.placesFile(in: folder), copy.places] where files.exists(path) {
      let bytes = try files.contents(ofFile: path, as: .places)
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

  /// Those of the home's file; nil if there is none.
  private func heldPlaces(_ index: LogIndex) throws(LetheError) -> Places? {
    guard files.exists(home.places) else { return nil }
    switch answer {
    case .refuse: return try PlacesFile.read(home, index.places?.change, files)
    case .accept:
      // The log's last change of places may be among what was lost.
      return try Places(decoding: files.contents(ofFile: home.places, as: .places))
    }
  }

  /// Makes `Keys/places.json` again from what the log has sealed, if the log names one and it is lost.
  func placesAreThere(
    _ found: RestoredLog, _ vault: Vault, _ storeID: [UInt8]
  ) throws(LetheError) -> Places {
    let held = try heldPlaces(found.index)
    guard let change = found.index.places, held == nil else {
      if found.needsNewOrigin { return held ?? .initial }
      return try PlacesFile.read(home, found.index.places?.change, files)
    }
    let reader = RecordReader(
      log: found.log, keys: KeyRing(vault: vault), storeID: storeID, policies: try Policies(files: []))
    let record = try found.log.record(at: change.position)
    let state = StoreState(index: found.index, random: world.random)
    guard let detail = try reader.detail(of: record, at: change.position, state) else {
      throw LetheError(.damage, "the log's last change of places does not open; put back a copy of Log/")
    }
    let places = try Places(change.change, texts: detail.texts)
    try PlacesFile.prepare(places, home, files)
    try PlacesFile.adopt(home, files)
    return places
  }
}
