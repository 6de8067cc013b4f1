package import LetheCrypto
package import LetheSystem

/// What a passphrase is asked for.
package enum PassphraseUse: Sendable {
  /// To open what it sealed: a wrong one does not open.
  case opening
  /// To seal a new cell: a mistake would be found too late.
  case sealing
}

/// Somebody who can be asked for the passphrase of all sealed cells.
package protocol PassphrasePrompt: Sendable {
  /// - Throws: `missing-key` if none is given, `input` if it cannot be one; `io`.
  func answer(_ use: PassphraseUse) throws(LetheError) -> Secret
}
