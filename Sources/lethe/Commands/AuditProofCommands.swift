internal import LetheAudit
internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe audit proof` and `lethe audit check`: both without a key, a lock, or anything that is secret.
enum AuditProofCommands {
  static let proof = Command(
    "audit proof", "Proves to whoever has the log's public key that a record is in the log, and shows no content.",
    operands: [Operand("POSITION", "The record's place in the log, as `lethe read` gives it.")],
    example: "lethe audit proof 1042", run: prove)

  static let check = Command(
    "audit check", "Checks a proof of a record with the log's public key alone; no home is needed.",
    operands: [Operand("FILE", "What `lethe audit proof` wrote; - for standard input.")],
    options: [Option("--vkey", "VKEY", .required, "The public key, as `lethe key status` of the log's home gives it.")],
    example: "lethe audit check record.tlog-proof --vkey $VKEY", run: check)

  private static func prove(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let position = try invocation.arguments.operandNumber("POSITION")
    let text = try RecordProof.text(of: position, in: invocation.home, invocation.world)
    // The text ends its last line itself.
    try invocation.result(
      .object(["position": .int(position), "proof": .string(text)]), String(text.dropLast()))
    return .success
  }

  private static func check(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let text = try InputFile.contents(
      invocation, upTo: RecordProof.byteLimit,
      else: LetheError(.input, "the file is too long to be a proof; name another"))
    switch try RecordProof.check(text, vkey: arguments.value(of: "--vkey") ?? "") {
    case .proven(let proof):
      let what = proof.isFact ? "a system fact" : "an event of stream \(proof.streamID), revision \(proof.revision)"
      try invocation.result(
        .object([
          "ok": .bool(true), "origin": .string(proof.origin), "size": .int(proof.size),
          "position": .int(proof.position), "streamid": .string(proof.streamID), "revision": .int(proof.revision),
          "system": .bool(proof.isFact), "parts": .int(proof.partCount),
        ]),
        "Proven: at position \(proof.position) of the log \(proof.origin), when it had \(proof.size.counted("record")), is \(what), "
          + "with \(proof.partCount.counted("sealed part")).")
      return .success
    case .unproven(let reason):
      try invocation.result(
        .object(["ok": .bool(false), "detail": .string(reason)]), "Not proven: \(reason).")
      return .failed
    }
  }
}
