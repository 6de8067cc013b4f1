internal import LetheCrypto
internal import LetheLog
internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// A5 and A7, with the vault open: what was destroyed answers shredded, part by part; what lives is what was logged, and
/// opens.
struct OpeningCheck {
  private let store: Store
  private var closed = Findings()
  private var living = Findings()
  private var counts = Counts()
  /// Where each stream's name was given, by its digest.
  private var names: [Digest: UInt64] = [:]
  /// What kept the log from being read to its end.
  private var end: LetheError?

  private struct Counts {
    var shreddedParts = 0
    var livingKeys = 0
    var openedParts = 0
    var restrictedParts = 0
  }

  init(_ store: Store) { self.store = store }

  /// - Throws: what keeps the log from being read to its end. What was found before is kept.
  mutating func run() throws(LetheError) {
    let evidence = try store.evidence()
    if let epoch = evidence.epoch, epoch.rootPageHash != store.rootPageHash {
      closed.add("the vault is open at another root page than epoch \(epoch.to) has in the log")
    }
    try compareKeys(evidence)
    var check = self
    defer { self = check }
    try store.forEachRecord { (answers) throws(LetheError) in
      let position = answers.position
      var isReadable = true
      for (number, part) in answers.record.header.parts.enumerated() {
        // What was never opened is the census's to tell.
        guard let kid = KeyID(rawValue: part.kid), let opening = evidence.openings[kid], opening.position <= position
        else {
          isReadable = false
          continue
        }
        do throws(LetheError) {
          check.note(try answers.state(ofPart: number), at: position, expecting: evidence.state(of: kid))
        } catch {
          guard error.isFinding else { throw error }
          check.note(error, at: position, expecting: evidence.state(of: kid))
          isReadable = false
        }
      }
      if isReadable { try check.noteContent(answers) }
    }
  }

  /// Ends the check early: only what was found has failed, and nothing has passed. Returns the error if it is no finding.
  mutating func stop(by error: LetheError) -> LetheError? {
    end = error
    return noteFinding(error)
  }

  /// Counts an error as a finding if it is one, else returns it.
  mutating func noteFinding(_ error: LetheError) -> LetheError? {
    guard error.isFinding else { return error }
    living.add(error)
    return nil
  }

  /// What only shows in what is sealed: an index's tag that its event does not make, and a name that two streams have. By
  /// an index that was changed, an event may be taken twice and a name be given twice.
  private mutating func noteContent(_ answers: RecordAnswers) throws(LetheError) {
    if try answers.hasRightTag() == false {
      living.add(
        "position \(answers.position): the log's index has another tag than the event makes; remove that segment's index "
          + "and start again")
    }
    guard let name = try answers.createdName() else { return }
    if let first = names.updateValue(answers.position, forKey: name) {
      names[name] = first
      living.add("position \(answers.position): the stream created there has the name of the one at position \(first)")
    }
  }

  private mutating func compareKeys(_ evidence: Evidence) throws(LetheError) {
    for (kid, opening) in evidence.openings.sorted(by: { $0.value.position < $1.value.position }) {
      guard evidence.state(of: kid) == .live else { continue }
      switch try store.commitment(of: kid) {
      case opening.statement?: counts.livingKeys += 1
      case nil: living.add("position \(opening.position): the key opened there is missing, though nobody forgot it")
      case _?: living.add("position \(opening.position): the vault has another key than the one opened there")
      }
    }
  }

  private mutating func note(_ answer: RecordAnswers.PartState, at position: UInt64, expecting state: Evidence.KeyState)
  {
    switch (state, answer) {
    case (.shredded, .shredded): counts.shreddedParts += 1
    case (.shredded, _): closed.add("position \(position): a part of a forgotten subject does not answer shredded")
    case (_, .opens): counts.openedParts += 1
    case (_, .restricted): counts.restrictedParts += 1
    case (_, .shredded): living.add("position \(position): a part answers shredded, though nobody forgot its key")
    }
  }

  private mutating func note(_ error: LetheError, at position: UInt64, expecting state: Evidence.KeyState) {
    if case .shredded = state {
      closed.add("position \(position): \(error.message)")
    } else {
      living.add("position \(position): \(error.message)")
    }
  }

  var shredded: AuditCheck {
    if let end, closed.isEmpty { return CheckKind.shredded.unmade(end.message) }
    return closed.check(.shredded, "\(counts.shreddedParts) parts of the forgotten, all shredded")
  }

  var commitments: AuditCheck {
    if let end, living.isEmpty { return CheckKind.commitments.unmade(end.message) }
    return living.check(
      .commitments,
      "\(counts.livingKeys) living keys as logged, \(counts.openedParts) parts opened, "
        + "\(counts.restrictedParts) restricted")
  }
}
