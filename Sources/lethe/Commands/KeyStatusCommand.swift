internal import LetheCrypto
internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe key status`: takes no lock and reads no secret.
enum KeyStatusCommand {
  static let command = Command(
    "key status", "Says which keys protect the home, without a secret and without waiting for anybody.",
    example: "lethe key status --json", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let status = try Store.keyStatus(invocation.home, in: invocation.world)
    let json = JSONValue.object([
      "store": .string(status.storeID),
      "epoch": .int(status.epoch),
      "origin": .string(status.origin),
      "vkey": .string(status.vkey),
      "blocks": status.blocks.map { .int($0) } ?? .null,
      "cells": .array(
        status.cells.map {
          .object([
            "kind": .string($0.kind), "level": .string($0.level), "reason": .string($0.reason),
            "cell": .int($0.number), "state": .string($0.state.rawValue),
            "sealed": $0.sealing.map { .string($0.name) } ?? .null,
          ])
        }
      ),
      "threshold": .int(status.threshold),
      "level": .string(status.togetherLevel),
      "replicas": status.replicas.map { .array($0.map { .string($0) }) } ?? .null,
      "openCases": .int(status.openCases),
      "recordsNotChecked": .int(status.recordsNotChecked),
      "memory": .string(status.secretMemory.rawValue),
    ])
    let shortage = status.shortage
    try invocation.result(
      shortage.map { json.adding(["error": ErrorReport.json($0)]) } ?? json, "store    \(status.storeID)",
      "epoch    \(status.epoch)", "origin   \(status.origin)",
      "vkey     \(status.vkey)", "blocks   \(status.blocks.map(String.init) ?? "not known without the vault's pages")",
      "memory   \(memory(status.secretMemory))",
      protection(status))
    if status.openCases > 0, invocation.format == .text {
      try invocation.console.print("\(status.openCases.counted("forget")) begun and not finished.")
    }
    if status.recordsNotChecked > 0, invocation.format == .text {
      try invocation.console.print(
        "\(status.recordsNotChecked.counted("record")) behind the newest checkpoint not checked, since that takes the key."
      )
    }
    guard let shortage else { return .success }
    invocation.console.note(ErrorReport.line(shortage))
    return ExitCode(shortage.code)
  }

  private static func memory(_ status: SecretMemory.Status) -> String {
    switch status {
    case .locked: "secrets are locked in it"
    case .partlyLocked: "some secrets could not be locked in it and may be written to swap; raise the limit (ulimit -l)"
    case .unlocked: "secrets cannot be locked in it and may be written to swap; raise the limit (ulimit -l)"
    }
  }

  private static func sealed(_ cell: KeyStatus.Cell) -> String {
    cell.sealedText.isEmpty ? "" : "," + cell.sealedText.dropFirst()
  }

  /// How many cells and replicas there are and what they can promise, in one sentence.
  static func protection(_ status: KeyStatus) -> String {
    switch status.extent {
    case .log: return "there is no Keys/ here: this is what the log says"
    case .whole: break
    }
    let known = status.replicas ?? []
    let replicas = known.isEmpty ? "no replica" : known.count.counted("replica")
    guard status.cells.count > 1 else {
      let level = status.cells.first.map { "level \($0.level)\(sealed($0)): \($0.reason)" } ?? "none"
      return "\(replicas), one cell (\(level))"
    }
    let count = status.cells.count { $0.state != .leaving }
    let cells = status.cells.map { "\($0.number) \($0.state.rawValue)\(sealed($0)), level \($0.level): \($0.reason)" }
    return "\(replicas), \(count) cells of which \(status.threshold) make the root (together level "
      + "\(status.togetherLevel); \(cells.joined(separator: "; ")))"
  }
}
