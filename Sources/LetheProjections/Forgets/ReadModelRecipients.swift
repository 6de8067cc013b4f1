public import LetheCompliance
public import LetheStore
public import LetheSystem

/// A read model of a home as a recipient of forgets: its file holds the acknowledgement.
struct ReadModelRecipient: Recipient {
  let name: String
  let projections: Projections

  var debt: String { "the read model \(name) owes a purge of the forgotten" }

  func standing() -> Standing { projections.standing(of: name) }

  func purge(waiting patience: Duration) throws(LetheError) { try projections.purge(name, waiting: patience) }
}

/// Stands for read models that cannot be listed: nobody knows what they hold.
struct UnlistedReadModels: Recipient {
  let name = "ReadModels"
  let reason: LetheError
  let debt = "ReadModels/ cannot be listed, so that any read model may owe a purge of the forgotten"

  func standing() -> Standing { .unknown(reason.message) }
  func purge(waiting patience: Duration) throws(LetheError) { throw reason }
}

extension Projections {
  /// All read models that have a file in the home, known here or not; none before the first forget, which leaves them
  /// nothing to do.
  package var recipients: [any Recipient] {
    do throws(LetheError) {
      guard try logHasForgets else { return [] }
      return try namesWithRemains().map { ReadModelRecipient(name: $0, projections: self) }
    } catch { return [UnlistedReadModels(reason: error)] }
  }
}

extension ForgetDesk {
  /// Opens the desk of a store. Its recipients are the read models in the home, whichever program made them.
  ///
  /// Read models purge at once what is due; `owed` names those that could not.
  /// - Parameter models: those of the application.
  /// - Throws: `input` if a model's name or columns do not serve, or two have one name.
  public init(_ store: Store, models: [any ReadModel] = []) throws(LetheError) {
    self.init(store, readModels: try Projections(store, models: models))
  }

  /// Opens the desk of a store whose read models are given already.
  public init(_ store: Store, readModels: Projections) {
    self.init(store, recipients: { readModels.recipients })
  }
}
