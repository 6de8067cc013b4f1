import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// What a store must hold after any crash, as simply as it can be said.
struct CrashModel {
  /// Events of one append, all of one subject.
  struct Attempt {
    let subject: Int
    let texts: [String]
    var isAcknowledged = false
  }

  struct Seen {
    let position: UInt64
    let subject: Int
    let text: String
  }

  enum Forget {
    /// It was asked for and did not return.
    case asked
    /// The same, and its `ForgetStarted` is durable.
    case started
    /// It returned, or was found done after a start.
    case done
  }

  let ids: [String]
  /// What was found after the newest start.
  private(set) var seen: [Seen] = []
  /// Appends since then, in order.
  var attempts: [Attempt] = []
  var forgets: [Int: Forget] = [:]

  init(ids: [String]) { self.ids = ids }

  var forgotten: [Int] { forgets.filter { if case .done = $0.value { true } else { false } }.keys.sorted() }

  /// Holds a store that was just opened against the model, which takes over what it finds.
  mutating func compare(_ store: Store, _ place: Comment) throws {
    for (subject, forget) in forgets {
      let state = try store.status(ofSubject: ids[subject]).state
      switch forget {
      case .done, .started: #expect(state == .shredded, place)
      case .asked:
        // Of whom nothing was kept, nothing is known.
        let isKnown = seen.contains { $0.subject == subject }
        #expect(state == .shredded || state == .live || (state == .unknown && !isKnown), place)
      }
      forgets[subject] = state == .shredded ? .done : nil
    }
    let items = try store.items()
    try #require(items.count >= seen.count, place)
    for (item, expected) in zip(items, seen) {
      #expect(item.position == expected.position, place)
      compare(item, expected.subject, expected.text, place)
    }
    var rest = items.dropFirst(seen.count)
    for attempt in attempts {
      let isThere = attempt.isAcknowledged || (rest.first?.text == attempt.texts[0])
      guard isThere else { continue }
      for text in attempt.texts {
        guard let item = rest.popFirst() else {
          Issue.record("an event that was acknowledged, or a part of a batch, is missing: \(place)")
          return
        }
        compare(item, attempt.subject, text, place)
        seen.append(Seen(position: item.position, subject: attempt.subject, text: text))
      }
    }
    #expect(rest.isEmpty, "what nobody appended: \(place)")
    attempts = []
    let revisions = Dictionary(grouping: zip(items, seen), by: { $0.1.subject })
    for (_, events) in revisions {
      #expect(events.map { $0.0.revision } == Array(0..<UInt64(events.count)), place)
    }
    let facts = try store.items(.all, ReadOptions(facts: .included)).compactMap(\.fact?.name)
    #expect(facts.count { $0 == "ForgetStarted" } == forgotten.count, place)
    #expect(facts.count { $0 == "KeysDestroyed" } == forgotten.count, place)
    #expect(store.unfinishedForgets == 0, place)
  }

  /// Holds a store that was opened for reading alone, since the disk was full, against the model, which stays as it is:
  /// nothing was finished, and nobody whose forget has begun may be read.
  func compareReading(_ store: Store, _ place: Comment) throws {
    for (subject, forget) in forgets {
      if case .asked = forget { continue }
      let state = try store.status(ofSubject: ids[subject]).state
      #expect(state == .restricted || state == .shredded, place)
    }
    let items = try store.items()
    try #require(items.count >= seen.count, place)
    for (item, expected) in zip(items, seen) {
      #expect(item.position == expected.position, place)
      switch forgets[expected.subject] {
      case nil: #expect(item.text == expected.text, place)
      case .asked: #expect(item.text == nil || item.text == expected.text, place)
      case .started, .done: #expect(item.text == nil, place)
      }
    }
  }

  private func compare(_ item: ReadItem, _ subject: Int, _ text: String, _ place: Comment) {
    guard case .done = forgets[subject] else {
      #expect(item.text == text, place)
      return
    }
    guard case .shredded = item.state else {
      Issue.record("\(String(describing: item.state)) where shredded is due: \(place)")
      return
    }
    #expect(item.text == nil && item.stream == nil, place)
  }
}
