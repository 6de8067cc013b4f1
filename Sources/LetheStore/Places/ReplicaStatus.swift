internal import LetheCrypto
internal import LetheLog
public import LetheSystem
internal import LetheVault

/// How far a replica has come, as it is seen without a key.
public struct ReplicaStatus: Sendable, Equatable {
  public enum State: String, Sendable {
    /// It holds every page of the epoch that the log names last.
    case current
    /// It lacks some, or the present places; the next command that opens the store gives it them.
    case behind
    /// It cannot be read.
    case away
  }

  /// From 1; what errors call it.
  public let number: Int
  public let path: String
  public let state: State
}

extension Store {
  /// Says of each replica how far it has come. Takes no lock and reads no secret.
  ///
  /// - Throws: as `keyStatus` does; a replica that cannot be read is no error.
  public static func replicaStatus(_ home: Home, in world: World = World()) throws(LetheError) -> [ReplicaStatus] {
    let closed = try ClosedHome(home, in: world)
    let evidence = try Evidence(scanning: closed.log())
    let places = try closed.places(evidence)
    guard let epoch = evidence.epoch, let storeID = evidence.identities.first?.statement.storeID else { return [] }
    return places.replicas.enumerated().map { (place, path) in
      ReplicaStatus(
        number: place + 1, path: path, state: state(path, places, epoch.rootPageHash, storeID, world.files))
    }
  }

  private static func state(
    _ folder: String, _ places: Places, _ hash: Digest, _ storeID: [UInt8], _ files: any FileSystem
  ) -> ReplicaStatus.State {
    do throws(LetheError) {
      let rows = try SQLitePageStore.rows(in: Replica.file(in: folder), files)
      let shapes = try VaultShapes(rows: rows, rootPageHash: hash, storeID: storeID)
      let path = Replica.placesFile(in: folder)
      guard files.exists(path), try files.contents(ofFile: path, as: .places) == places.encoded else { return .behind }
      return shapes.missingPages.isEmpty ? .current : .behind
    } catch { return error.code == .missingKey ? .behind : .away }
  }
}
