import LetheCrypto
import LetheLog
import LetheSystem

@testable import LetheStore

extension Store {
  /// Appends records as the store itself would if it were wrong: sealed and signed. What only an auditor can find is shown
  /// this way; what has no seal is not even read.
  static func write(_ records: [Record], to home: Home, in world: World) throws {
    let storeID = try FileLog.storeID(in: home.log, fileSystem: world.files)
    let signingKey = try SigningKeyFile.load(home.signingKey, world)
    let trusted = try CheckpointFiles.trusted(home, world, signingKey.verifyingKey)
    let keys = HomeKeys(home, storeID: storeID, world)
    defer { keys.giveBack() }
    guard let seals = keys.seals else { throw LetheError(.missingKey, "no key of group seals") }
    let sealing = try HomeSealing(
      seals, newest: trusted, trusted: trusted, storeID: storeID, signingKey, home, world)
    let log = try FileLog.open(
      in: home.log, fileSystem: world.files, storeID: storeID, atLeast: trusted, believing: .sealed(sealing))
    _ = try log.append(records)
    let size = log.count
    try log.publish(size: size)
    try CheckpointFiles.publish(
      Checkpoint(origin: sealing.origin, size: size, rootHash: log.rootHash(size: size)), signingKey, home, world)
    try log.finish()
  }
}
