internal import LetheVault

/// From which key blocks subject indexes are given, and which index comes next.
///
/// Only the blocks that the newest `BlocksOpened` names are given from. After an unclean stop a `BlocksOpened` that leaves
/// out the current block makes sure that numbers of a lost tail are never given again. An epoch that sealed a block leaves
/// it by itself: from the record that tells of it on, no index whose keys are gone can be given, whatever follows or not.
struct BlockLedger {
  /// Subjects in a block.
  static let capacity: UInt64 = 1024

  /// The blocks in use, ascending.
  private(set) var current: [UInt64] = []
  /// The lowest number of a block that was never opened.
  private(set) var nextUnopened: UInt64 = 0
  /// Blocks below it may have given indexes in records that the log lost.
  private(set) var lostBefore: UInt64 = 0
  /// One more than the highest index that was given.
  private var next: UInt64 = 0

  /// - Parameter numbers: of 34 bits each.
  mutating func open(_ numbers: [UInt64]) {
    current = Set(numbers).sorted()
    nextUnopened = max(nextUnopened, (current.last ?? 0) + 1)
  }

  /// Keys of the block were destroyed as never used: it and those before it are given from no more.
  mutating func seal(_ block: UInt64) {
    current.removeAll { $0 <= block }
    nextUnopened = max(nextUnopened, block + 1)
  }

  /// The log lost its end, and all blocks that it can have opened are left.
  mutating func noteLoss() { lostBefore = nextUnopened }

  mutating func give(_ subject: SubjectIndex) { next = max(next, subject.rawValue + 1) }

  /// The next index; nil if the blocks in use are used up.
  var nextIndex: SubjectIndex? {
    for number in current where (number + 1) * Self.capacity > next {
      return SubjectIndex(rawValue: max(next, number * Self.capacity))
    }
    return nil
  }

  /// How many indexes are left in the blocks in use.
  var left: UInt64 {
    current.reduce(0) { sum, number in
      let end = (number + 1) * Self.capacity
      return sum + (end > next ? end - max(next, number * Self.capacity) : 0)
    }
  }

  /// Those of the blocks in use that have indexes left.
  var unfinished: [UInt64] { current.filter { ($0 + 1) * Self.capacity > next } }
}
