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

  private struct Counts {
    var shreddedParts = 0
    var livingKeys = 0
    var openedParts = 0
    var restrictedParts = 0
  }

  init(_ store: Store) { self.store = store }

  mutating func run() throws(LetheError) {
    let evidence = try store.evidence()
    if let epoch = evidence.epoch, epoch.rootPageHash != store.rootPageHash {
      closed.add("the vault is open at another root page than epoch \(epoch.to) has in the log")
    }
    try compareKeys(evidence)
    var check = self
    try store.forEachRecord { (position, record, answer) throws(LetheError) in
      for (number, part) in record.header.parts.enumerated() {
        // What was never opened is the census's to tell.
        guard let kid = KeyID(rawValue: part.kid), let opening = evidence.openings[kid], opening.position <= position
        else { continue }
        do throws(LetheError) {
          check.note(try answer(number), at: position, expecting: evidence.state(of: kid))
        } catch {
          guard error.isFinding else { throw error }
          check.note(error, at: position, expecting: evidence.state(of: kid))
        }
      }
    }
    self = check
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

  private mutating func note(_ answer: Store.PartState, at position: UInt64, expecting state: Evidence.KeyState) {
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
    closed.check(.shredded, "\(counts.shreddedParts) parts of the forgotten, all shredded")
  }

  var commitments: AuditCheck {
    living.check(
      .commitments,
      "\(counts.livingKeys) living keys as logged, \(counts.openedParts) parts opened, "
        + "\(counts.restrictedParts) restricted")
  }
}
