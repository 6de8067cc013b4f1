package import LetheLog
package import LetheVault

/// What the opening of a home found that whoever opened it is to know, though the store works.
package struct OpeningFindings: Sendable, Equatable {
  /// What a crash left at the log's end, which was cut off.
  package let recovery: LogRecovery
  /// Whether `Keys/checkpoint` was there.
  package let trust: Trust
  /// The cases of forgets that had been held up, or cut off by a crash, and that the opening finished; oldest first.
  package let finishedForgets: [CaseID]

  package enum Trust: Sendable, Equatable {
    case checkpoint
    /// Nothing in the home told how long the log was; the next checkpoint is made from what is there.
    case none
  }
}
