internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// A6: every key id of a part in the log was opened before by a fact, from a block that was opened before, and no part
/// came after its key's tombstone; so each is exactly one of live, restricted and shredded.
enum CensusCheck {
  static func run(_ evidence: Evidence) -> AuditCheck {
    var findings = Findings()
    var parts = (live: 0, restricted: 0, shredded: 0)
    var keys = (live: 0, restricted: 0, shredded: 0)
    for (raw, use) in evidence.uses.sorted(by: { $0.value.firstPosition < $1.value.firstPosition }) {
      guard let kid = KeyID(rawValue: raw) else {
        findings.add("position \(use.firstPosition): a part is under a key of a reserved plane")
        continue
      }
      guard let opening = evidence.openings[kid], opening.position <= use.firstPosition else {
        findings.add("position \(use.firstPosition): a part is under a key that nothing before it opened")
        continue
      }
      if kid.plane == .subjects, (evidence.blocks[kid.block] ?? .max) >= opening.position {
        findings.add("position \(opening.position): a key is of a block that was not opened before")
      }
      if let tombstone = evidence.tombstones.value(covering: kid), tombstone.position < use.lastPosition {
        findings.add(
          "position \(use.lastPosition): a part came after the tombstone of its key, case \(tombstone.statement)")
      }
      switch evidence.state(of: kid) {
      case .live:
        keys.live += 1
        parts.live += use.partCount
      case .restricted:
        keys.restricted += 1
        parts.restricted += use.partCount
      case .shredded:
        keys.shredded += 1
        parts.shredded += use.partCount
      }
    }
    return findings.check(
      .census,
      "\(keys.live) live keys (\(parts.live) parts), \(keys.restricted) restricted (\(parts.restricted)), "
        + "\(keys.shredded) shredded (\(parts.shredded)), 0 unknown")
  }
}
