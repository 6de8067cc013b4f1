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
        if files.exists(path), try files.contents(ofFile: path, as: .places) == places.encoded { continue }
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
