internal import Glibc

extension LetheError {
  /// What an operation left behind when it failed at or after its point of no return.
  ///
  /// The parts below an operation say only what went wrong. Only the operation as a whole knows what was kept.
  public enum Kept: Sendable, CaseIterable {
    /// The write that decides failed half way: the next opening finds all of it or nothing.
    case undecided
    /// A forget that cannot be taken back, and whose keys are not all destroyed yet.
    case forgetBegun
    /// A forget whose keys are all destroyed.
    case forget
    /// All that was acknowledged before.
    case acknowledged
    /// A new home, whole.
    case home
    /// A restore that put only some files in place.
    case halfRestored
    /// The log may have its new segment, and not yet the key of group seals.
    case halfMigrated
    /// A restore that put all files in place, after which the home did not open.
    case restored
    /// The rows of a read model up to its bookmark.
    case readModel

    /// The main clause, before a colon and the reason.
    func sentence(after error: LetheError) -> String {
      switch self {
      case .undecided: "whether it was kept shows when the home is next opened"
      case .forgetBegun:
        "the forget has begun and cannot be taken back; "
          + (error.isForWantOfSpace
            ? "it will be finished when there is space" : "the next command that opens the home goes on with it")
      case .forget: "the forget is done and the keys are destroyed"
      case .acknowledged: "all that was acknowledged is durable"
      case .home: "the home is made"
      case .halfRestored: "the restore is half done and is to be run again"
      case .halfMigrated: "the migration is half done and is to be run again"
      case .restored: "the restore is done"
      case .readModel: "the read model keeps what was applied so far, and its next run goes on from there"
      }
    }
  }

  /// Whether the operation could not be carried out, rather than being refused.
  package var isOfMachine: Bool {
    switch code {
    case .locked, .damage, .missingKey, .rolledBack, .io, .format: true
    case .revisionConflict, .idConflict, .shredded, .restricted, .held, .policy, .unknownStream, .refused: false
    case .input, .usage: false
    }
  }

  /// Whether the machine refuses to take more bytes: the disk or a quota is full, the disk takes no writes at all, or
  /// the process may not make a file larger. What is there can be read all the same.
  package var isForWantOfSpace: Bool {
    guard code == .io, !isFailedSync, let cause else { return false }
    return [ENOSPC, EDQUOT, EROFS, EFBIG].contains(cause.systemNumber)
  }

  /// The refusal of every write in a store that was opened for reading alone.
  package var refusingWrites: LetheError {
    let reason =
      switch cause?.systemNumber {
      case EROFS: "its disk takes no writes, so this home is open for reading alone; mount the disk for writing"
      case EFBIG: "files may not grow any more, so this home is open for reading alone; allow larger files (ulimit -f)"
      default: "the disk is full, so this home is open for reading alone; free some space and try again"
      }
    return LetheError(.io, reason, place: place, cause: cause)
  }
}
