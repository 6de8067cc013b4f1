internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe key seal`: for when somebody may have seen memory or the root.
enum KeySealCommand {
  static let command = Command(
    "key seal", "Takes new subjects from a fresh key block, and destroys the keys that nobody was given yet.",
    example: "lethe key seal", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let sealing = try await invocation.withStore { (store) throws(LetheError) in try store.seal() }
    try invocation.result(
      .object([
        "epoch": .object(["from": .int(sealing.epochBefore), "to": .int(sealing.epochAfter)]),
        "blocksOpened": .array(sealing.openedBlocks.map { .int($0) }),
        "subjectsDropped": .int(sealing.droppedSubjects),
        "oldRootErased": .bool(sealing.holdup == nil),
      ]),
      "Epoch \(sealing.epochBefore) became \(sealing.epochAfter): new subjects are taken from a fresh key block, and the keys "
        + "kept for \(sealing.droppedSubjects.counted("subject")) to come are destroyed.")
    if let holdup = sealing.holdup { throw holdup }
    return .success
  }
}
