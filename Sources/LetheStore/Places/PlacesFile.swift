internal import LetheCrypto
internal import LetheSystem

/// `Keys/places.json` and what it is held against: the log's last `PlacesChanged`.
///
/// A change writes the new file beside the old one (`places.json.next`), then the fact, then moves the new file over the
/// old one. The fact decides: a start that finds the new file and the fact finishes the move, one that finds no such fact
/// removes the new file.
///
/// A change of cells is a vault commit as well: the new file, then the new root staged in the new cells and verified, then
/// the fact in one batch with `EpochAdvanced`, the move, the old root erased in the old cells (which the places name as
/// `leaving` until then), and a second fact without them. A start that finds the new file without the fact reads both
/// sets of cells: if the new root is whole, the change goes on; if not, it is erased, and only then the new file goes.
///
/// Whatever else differs from the log was not written by this store.
enum PlacesFile {
  /// The places in force; with nothing changed on disk.
  ///
  /// - Throws: `damage` if the file is not the one that the log names; `format`.
  static func read(_ home: Home, _ change: PlacesChange?, _ files: any FileSystem) throws(LetheError) -> Places {
    for path in [home.places, home.nextPlaces] {
      guard let bytes = try files.contents(ofFileIfThere: path, as: .places) else { continue }
      if SHA256.hash(bytes) == change?.digest { return try Places(decoding: bytes) }
    }
    guard change == nil, !files.exists(home.places) else {
      throw LetheError(
        .damage,
        files.exists(home.places)
          ? "Keys/places.json is not the file that the log names, so somebody changed it or an old one was put there; "
            + "put the right file back, or move it away and run `lethe restore`, which makes it again"
          : "Keys/places.json is missing; put it back or run `lethe restore`, which makes it again",
        place: "Keys/places.json")
    }
    return .initial
  }

  /// The same, and finishes or takes back a change that a crash left.
  ///
  /// - Returns: the places in force, and those of a change of cells that the log does not have: whether it will, the cells
  ///   tell (`Vault.open`), and until then the file stays.
  static func open(
    _ home: Home, _ change: PlacesChange?, _ files: any FileSystem
  ) throws(LetheError) -> (places: Places, next: Places?) {
    let places = try read(home, change, files)
    guard files.exists(home.nextPlaces) else { return (places, nil) }
    let bytes = try files.contents(ofFile: home.nextPlaces, as: .places)
    if let change, SHA256.hash(bytes) == change.digest {
      try adopt(home, files)
      return (places, nil)
    }
    let next = try Places(decoding: bytes)
    if next.cells != places.cells || next.threshold != places.threshold { return (places, next) }
    try takeBack(home, files)
    return (places, nil)
  }

  /// The places as the files name them, whatever the log says: enough to read cells by, and no reason to write to one.
  ///
  /// - Throws: `damage` if a file is none; `format`, `io`.
  static func unconfirmed(
    _ home: Home, _ files: any FileSystem
  ) throws(LetheError) -> (present: Places, next: Places?) {
    func places(_ path: String) throws(LetheError) -> Places? {
      try files.contents(ofFileIfThere: path, as: .places).map { (bytes) throws(LetheError) in
        try Places(decoding: bytes)
      }
    }
    return (try places(home.places) ?? .initial, try places(home.nextPlaces))
  }

  /// The next places, if the log names them: then moving them failed, and they are in force. Nil if it does not.
  static func next(
    _ home: Home, namedBy change: PlacesChange?, _ files: any FileSystem
  ) throws(LetheError) -> Places? {
    guard let change, let bytes = try files.contents(ofFileIfThere: home.nextPlaces, as: .places),
      SHA256.hash(bytes) == change.digest
    else { return nil }
    return try Places(decoding: bytes)
  }

  /// Removes the next places. The log must not name them, and no cell may have a share of theirs.
  static func takeBack(_ home: Home, _ files: any FileSystem) throws(LetheError) {
    try files.remove(home.nextPlaces)
    try files.synchronizeDirectory(home.keys)
  }

  /// Lays the next places beside the present ones; durable at return.
  static func prepare(_ places: Places, _ home: Home, _ files: any FileSystem) throws(LetheError) {
    try files.replace(home.nextPlaces, with: places.encoded, before: home.places)
  }

  /// Puts the next places in force, after the log has them.
  static func adopt(_ home: Home, _ files: any FileSystem) throws(LetheError) {
    try files.rename(home.nextPlaces, to: home.places)
    try files.synchronizeDirectory(home.keys)
  }
}
