internal import LetheCrypto
internal import LetheStore
internal import LetheSystem
internal import Synchronization

/// Asks at the terminal for the passphrase of sealed cells: once a command, and again before a new cell is sealed by it. It
/// is kept in locked memory until the command has ended.
final class PassphraseQuestion: PassphrasePrompt {
  /// Shows a question and gives the line that is typed unseen; nil if somebody declines.
  typealias Ask = @Sendable (_ question: String) throws(LetheError) -> Secret?

  private struct State: ~Copyable {
    var known: Secret?
    /// Typed twice alike.
    var isConfirmed = false
    /// Nobody is asked again who declined, or typed what cannot be.
    var refusal: LetheError?
  }

  private let state = Mutex(State())
  private let ask: Ask

  init(_ ask: @escaping Ask = PassphraseQuestion.atTerminal) { self.ask = ask }

  func answer(_ use: PassphraseUse) throws(LetheError) -> Secret {
    try state.withLock { (state) throws(LetheError) in
      if let refusal = state.refusal { throw refusal }
      do throws(LetheError) {
        let known = state.known == nil ? try first() : try state.known.copied()
        if use == .sealing, !state.isConfirmed {
          try confirm(known)
          state.isConfirmed = true
        }
        state.known = try known.copy()
        return known
      } catch {
        state.refusal = error
        throw error
      }
    }
  }

  /// Cleanses it.
  func forget() { state.withLock { $0.known = nil } }

  private func first() throws(LetheError) -> Secret {
    guard let typed = try ask("Passphrase of the root cells: ") else { throw Self.nothingGiven }
    guard typed.count > 0 else {
      throw LetheError(.input, "the passphrase is empty; run the command again and type it")
    }
    return typed
  }

  private func confirm(_ known: borrowing Secret) throws(LetheError) {
    guard let again = try ask("The same again, which seals the new cell: ") else { throw Self.nothingGiven }
    guard again.withBytes({ SHA256.hash($0) }) == known.withBytes({ SHA256.hash($0) }) else {
      throw LetheError(.input, "the two passphrases differ, and nothing was changed; run the command again")
    }
  }

  private static var nothingGiven: LetheError {
    LetheError(
      .missingKey,
      "no passphrase was given; run the command again and type it, or name the file that has it in "
        + World.passphraseVariable)
  }

  /// As many bytes as a terminal takes in one line.
  private static let mostByteCount = 4096

  @Sendable private static func atTerminal(_ question: String) throws(LetheError) -> Secret? {
    var line = try Secret(count: mostByteCount)
    let answer = try line.withMutableBytes { (bytes) throws(LetheError) in
      try Terminal.askUnseen(question, into: &bytes)
    }
    switch answer {
    case .refused: return nil
    case .tooLong: throw LetheError(.input, "the passphrase has more than 4,095 bytes; seal the cell by a key file")
    case .line(let count):
      return try line.withBytes { (bytes) throws(LetheError) in try Secret(copying: bytes.extracting(0..<count)) }
    }
  }
}

extension Optional where Wrapped == Secret {
  /// A second owner of what is there.
  fileprivate borrowing func copied() throws(LetheError) -> Secret {
    switch self {
    case .some(let secret): return try secret.copy()
    case .none: throw LetheError(.missingKey, "no passphrase is known; run the command again")
    }
  }
}
