internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// What the slots of subjects are for, of those that were appended to lately; the log's `SlotOpened` have it sealed.
struct SlotBook {
  /// A slot and what it was opened for.
  struct Slot: Equatable {
    let number: Int
    let category: String
    let generation: UInt32
  }

  /// In order of opening, slot 0 left out.
  private var slots: [SubjectIndex: [Slot]] = [:]

  /// When it is reached all are let go, between two groups.
  private static let limit = 1 << 16

  /// What is known of a subject's slots; nil if they are to be read from the log.
  subscript(subject: SubjectIndex) -> [Slot]? {
    get { slots[subject] }
    set { slots[subject] = newValue }
  }

  var isLarge: Bool { slots.count > Self.limit }

  mutating func trim() { if isLarge { slots = [:] } }
}

extension [SlotBook.Slot] {
  /// The slot of a category's newest generation; by bytes, since texts that Swift holds equal may be different categories.
  func slot(for category: String) -> SlotBook.Slot? { last { $0.category.utf8.elementsEqual(category.utf8) } }
}

extension RecordReader {
  /// A living subject's slots, slot 0 left out, in order of opening; those that the log holds durably.
  ///
  /// - Throws: what opening their `SlotOpened` throws.
  func slots(of subject: SubjectIndex, _ state: borrowing StoreState) throws(LetheError) -> [SlotBook.Slot] {
    guard let entry = try state.index.subject(subject) else { return [] }
    var slots: [SlotBook.Slot] = []
    for (number, opening) in entry.slots where opening.position < log.count {
      guard let texts = try identityDetail(at: opening.position, state)?.texts, texts.count == 2,
        let generation = UInt32(texts[1])
      else { continue }
      slots.append(SlotBook.Slot(number: number, category: texts[0], generation: generation))
    }
    return slots
  }
}
