internal import LetheAudit
internal import LetheCrypto
internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe audit proof` and `lethe audit check-proof`: both without a key, a lock, or anything that is secret.
enum AuditProofCommands {
  static let proof = Command(
    "audit proof", "Proves to whoever has the log's public key that a record is in the log, and shows no content.",
    operands: [Operand("POSITION", "The record's place in the log, as `lethe read` gives it.")],
    example: "lethe audit proof 1042", run: prove)

  static let check = Command(
    "audit check-proof", "Checks a proof of a record with the log's public key alone; no home is needed.",
    operands: [Operand("FILE", "What `lethe audit proof` wrote; - for standard input.")],
    options: [Option("--vkey", "VKEY", .required, "The public key, as `lethe key status` of the log's home gives it.")],
    example: "lethe audit check-proof record.tlog-proof --vkey $VKEY", run: check)

  private static func prove(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let position = try invocation.arguments.operandNumber("POSITION")
    let text = try RecordProof.prove(position, in: invocation.home, invocation.world)
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
      let what = proof.streamID.map { "an event of stream \($0), revision \(proof.revision)" } ?? "a system fact"
      try invocation.result(
        .object([
          "ok": .bool(true), "origin": .string(proof.origin), "size": .int(proof.size),
          "position": .int(proof.position), "streamid": proof.streamID.map { .string($0) } ?? .null,
          "revision": .int(proof.revision), "kids": .array(proof.keyIDs.map { .string(String($0)) }),
          "contentdigest": .string(proof.contentDigest.bytes.hex),
        ]),
        "Proven: at position \(proof.position) of the log \(proof.origin), when it had \(proof.size.counted("record")), is \(what), "
          + "with \(proof.keyIDs.count.counted("sealed part")); SHA-256 of what follows its header: \(proof.contentDigest.bytes.hex)."
      )
      return .success
    case .unproven(let reason):
      try invocation.result(
        .object(["ok": .bool(false), "detail": .string(reason.rawValue)]), "Not proven: \(reason.rawValue).")
      return .failed
    }
  }
}
