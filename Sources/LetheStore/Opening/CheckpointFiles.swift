internal import LetheCrypto
internal import LetheLog
internal import LetheSystem

/// The two places of a checkpoint: `Keys/checkpoint`, by which a start knows that the log was not rolled back, and
/// `Log/checkpoint`, for everybody.
enum CheckpointFiles {
  /// Signs the checkpoint and writes it to both, durably, the trusted one first: what is published is always remembered.
  ///
  /// The records that it covers must be durable.
  static func publish(
    _ checkpoint: Checkpoint, _ key: SigningKey, _ home: Home, _ world: World
  ) throws(LetheError) {
    let note = Array(try checkpoint.signed(with: key).encoded.utf8)
    try world.files.replace(home.trustedCheckpoint, with: note)
    try world.files.replace(home.checkpoint, with: note)
  }

  /// The checkpoint that this home signed last; nil if it was lost, which is treated like an unclean stop.
  ///
  /// - Throws: `damage` if the key did not sign it.
  static func trusted(_ home: Home, _ world: World, _ key: VerifyingKey) throws(LetheError) -> Checkpoint? {
    guard world.files.exists(home.trustedCheckpoint) else { return nil }
    return try verified(world.files.contents(ofFile: home.trustedCheckpoint), key, place: "Keys/checkpoint")
  }

  /// Reads a checkpoint that the key signed in its origin's name.
  static func verified(
    _ bytes: [UInt8], _ key: VerifyingKey, place: String
  ) throws(LetheError) -> Checkpoint {
    do {
      let note = try SignedNote(parsing: bytes)
      let checkpoint = try Checkpoint(text: note.text)
      if case .signed = note.verify(with: [try VerifierKey(name: checkpoint.origin, key: key)]) { return checkpoint }
    } catch let error where error.code != .input {
      throw error
    } catch {
      // Whatever is wrong with it, it is not what was signed.
    }
    throw LetheError(
      .damage, "\(place) is not a checkpoint that this store signed; put the right file back", place: place)
  }
}
