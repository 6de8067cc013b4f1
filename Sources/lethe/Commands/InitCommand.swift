internal import LetheCrypto
internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe init`.
enum InitCommand {
  static let command = Command(
    "init", "Makes a home: keys, an empty log, read models, and a sample policy unless one is there.",
    example: "lethe init --home /srv/clinic", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let storeID = try Store.create(invocation.home, in: invocation.world)
    let status: KeyStatus
    do { status = try Store.keyStatus(invocation.home, in: invocation.world) } catch {
      throw error.keeping(.home)
    }
    try invocation.result(
      .object(["store": .string(storeID.hex), "home": .string(invocation.home.path)]),
      "Made store \(storeID.hex).", KeyStatusCommand.protection(status))
    return .success
  }
}
