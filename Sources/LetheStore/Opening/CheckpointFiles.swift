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
    for folder in [home.keys, home.log] { world.files.tryToCoarsenTime(of: folder, after: nil) }
  }

  /// The checkpoint that this home signed last; nil if it was lost, which is treated like an unclean stop.
  ///
  /// - Throws: `damage` if the key did not sign it.
  static func trusted(_ home: Home, _ world: World, _ key: VerifyingKey) throws(LetheError) -> Checkpoint? {
    guard let bytes = try world.files.contents(ofFileIfThere: home.trustedCheckpoint, as: .checkpoint) else {
      return nil
    }
    return try verified(bytes, key, place: "Keys/checkpoint")
  }

  /// The checkpoint for everybody, if the key signed it: the log must contain it too. One that was lost or changed says
  /// nothing, since anybody may write there.
  static func published(_ home: Home, _ world: World, _ key: VerifyingKey) throws(LetheError) -> Checkpoint? {
    guard let bytes = try world.files.contents(ofFileIfThere: home.checkpoint, as: .checkpoint) else { return nil }
    do throws(LetheError) { return try verified(bytes, key, place: "Log/checkpoint") } catch {
      guard error.code == .damage else { throw error }
      return nil
    }
  }

  /// Holds the log against a checkpoint that was signed for it, or for the log that it goes on from.
  ///
  /// - Throws: `rolledBack` if it is of another log or covers more than there is; `damage` if the log differs.
  static func check(_ checkpoint: Checkpoint, _ place: String, _ log: any RecordLog, _ index: LogIndex)
    throws(LetheError)
  {
    switch index.relation(to: checkpoint, count: log.count) {
    case .contained:
      guard try log.rootHash(size: checkpoint.size) == checkpoint.rootHash else {
        throw LetheError(
          .damage, "the log differs from what \(place) was signed over; put back a copy of Log/", place: place)
      }
    case .superseded: break
    case .longer:
      throw LetheError(
        .rolledBack,
        "the log has \(log.count) records and \(place) was signed over \(checkpoint.size): it was rolled back; put "
          + "back the newest Log/")
    case .newerOrigin:
      throw LetheError(
        .rolledBack,
        "\(place) is of a newer origin than the log, which is from before a restore; put back the newest Log/")
    case .otherOrigin:
      throw LetheError(
        .rolledBack,
        "\(place) is of another restore than the log: both went on from copies of one log, each by itself; put back the "
          + "Log/ and Keys/ that belong together")
    case .foreign:
      throw LetheError(.rolledBack, "\(place) is of another log; put back the Log/ and Keys/ that belong together")
    }
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
      .damage, "\(place) was not signed by Keys/signing.key; put back the right one of the two", place: place)
  }
}
