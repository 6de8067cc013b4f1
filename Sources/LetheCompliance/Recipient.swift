package import LetheSystem

/// Somebody who keeps what was derived from people's events, and who must remove it once a person is forgotten (Art. 19
/// GDPR): a read model, for example.
///
/// A recipient keeps its own acknowledgement, durably and beside what it derived, so that a purge that is due is found
/// after any crash. Every implementation passes the conformance suite among the tests.
package protocol Recipient: Sendable {
  /// The name that officers know it by; nothing personal.
  var name: String { get }

  /// The clause that says that it owes a purge: `the read model visits owes a purge of the forgotten`.
  var debt: String { get }

  /// How it stands to the forgets that the log holds now. Changes nothing, and waits for no other process.
  func standing() -> Standing

  /// Removes what it derived from whoever the log has forgotten up to now, and makes its acknowledgement durable.
  ///
  /// - Parameter patience: how long to wait for others that use what it keeps.
  /// - Throws: what keeps it from doing so; the purge then stays due.
  func purge(waiting patience: Duration) throws(LetheError)
}

/// How a recipient stands to the forgets of the log.
package enum Standing: Sendable, Equatable {
  /// It has removed what every forget names, down to the last byte.
  case acknowledged
  /// It may still hold something of the forgotten; the reason is a sentence that names nobody.
  case owes(String)
  /// What it holds cannot be determined, for the reason given. Treat it as owing.
  case unknown(String)

  /// Why it is not acknowledged; nil if it is.
  package var reason: String? {
    switch self {
    case .acknowledged: nil
    case .owes(let reason), .unknown(let reason): reason
    }
  }
}

/// What a recipient answers to the forgets of a log.
public struct RecipientAnswer: Sendable, Equatable {
  public enum State: Sendable, Equatable {
    case acknowledged
    /// It may still hold something of the forgotten, for the reason given. Whoever opens the store next has it try again.
    case owed(String)
  }

  /// A read model's name.
  public let name: String
  public let state: State
  /// The clause that says that it owes a purge: `the read model visits owes a purge of the forgotten`.
  public let debt: String

  package init(name: String, state: State, debt: String) {
    self.name = name
    self.state = state
    self.debt = debt
  }

  public var isOwed: Bool { state != .acknowledged }
}

extension Recipient {
  /// Has it purge what is due, and says how it stands then.
  ///
  /// What it says is read from what it keeps, not taken from its word.
  func settle(waiting patience: Duration) -> RecipientAnswer {
    if standing() == .acknowledged { return answer(.acknowledged) }
    do throws(LetheError) { try purge(waiting: patience) } catch {
      return answer(.owes(error.message))
    }
    return answer
  }

  var answer: RecipientAnswer { answer(standing()) }

  private func answer(_ standing: Standing) -> RecipientAnswer {
    RecipientAnswer(name: name, state: standing.reason.map { .owed($0) } ?? .acknowledged, debt: debt)
  }
}
