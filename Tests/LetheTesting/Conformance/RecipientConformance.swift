/// A recipient of forgets under test, the log that it follows, and people that are known by number.
public struct RecipientHarness: Sendable {
  /// Has it derive something from a person's events.
  public let derive: @Sendable (Int) throws -> Void
  /// Has the log forget a person.
  public let forget: @Sendable (Int) throws -> Void
  public let hasAcknowledged: @Sendable () throws -> Bool
  public let purge: @Sendable () throws -> Void
  /// Whether a byte is left of what it derived from a person.
  public let holds: @Sendable (Int) throws -> Bool
  /// Keeps it from purging, as somebody does who uses what it keeps; and no longer.
  public let block: @Sendable () throws -> Void
  public let unblock: @Sendable () throws -> Void
  /// Drops all that is not durable, as a crash does.
  public let restart: @Sendable () throws -> Void

  public init(
    derive: @escaping @Sendable (Int) throws -> Void, forget: @escaping @Sendable (Int) throws -> Void,
    hasAcknowledged: @escaping @Sendable () throws -> Bool, purge: @escaping @Sendable () throws -> Void,
    holds: @escaping @Sendable (Int) throws -> Bool, block: @escaping @Sendable () throws -> Void,
    unblock: @escaping @Sendable () throws -> Void, restart: @escaping @Sendable () throws -> Void
  ) {
    self.derive = derive
    self.forget = forget
    self.hasAcknowledged = hasAcknowledged
    self.purge = purge
    self.holds = holds
    self.block = block
    self.unblock = unblock
    self.restart = restart
  }
}

/// What every recipient of forgets must do.
public enum RecipientConformance {
  public typealias Case = ConformanceCase<RecipientHarness>

  public static let cases: [Case] = [
    Case("before the first forget it owes nothing and keeps what it derived") { recipient in
      try recipient.derive(1)
      try expect(recipient.hasAcknowledged())
      try recipient.purge()
      try expect(recipient.holds(1) && recipient.hasAcknowledged())
    },
    Case("a forget makes it owe until it has purged that person, and nobody else") { recipient in
      try recipient.derive(1)
      try recipient.derive(2)
      try recipient.forget(1)
      try expect(!recipient.hasAcknowledged())
      try recipient.purge()
      try expect(recipient.hasAcknowledged() && !recipient.holds(1) && recipient.holds(2))
    },
    Case("asking how it stands changes nothing") { recipient in
      try recipient.derive(1)
      try recipient.forget(1)
      for _ in 0..<3 { try expect(!recipient.hasAcknowledged() && recipient.holds(1)) }
    },
    Case("a purge that is kept from being made throws, stays due, and is made later") { recipient in
      try recipient.derive(1)
      try recipient.derive(2)
      try recipient.forget(1)
      try recipient.block()
      for _ in 0..<2 { try expectError { try recipient.purge() } }
      try expect(!recipient.hasAcknowledged())
      try recipient.unblock()
      try recipient.purge()
      try expect(recipient.hasAcknowledged() && !recipient.holds(1) && recipient.holds(2))
    },
    Case("a purge that is due is still due after a crash, and one that was made stays made") { recipient in
      try recipient.derive(1)
      try recipient.forget(1)
      try recipient.restart()
      try expect(!recipient.hasAcknowledged())
      try recipient.purge()
      try recipient.restart()
      try expect(recipient.hasAcknowledged() && !recipient.holds(1))
    },
    Case("each further forget makes it owe again, and one purge makes up for several") { recipient in
      for person in 1...4 { try recipient.derive(person) }
      try recipient.forget(1)
      try recipient.purge()
      try recipient.forget(2)
      try recipient.forget(3)
      try expect(!recipient.hasAcknowledged())
      try recipient.purge()
      try expect(recipient.hasAcknowledged() && recipient.holds(4))
      for person in 1...3 { try expect(!recipient.holds(person)) }
    },
    Case("a purge that is not due changes nothing") { recipient in
      try recipient.derive(1)
      try recipient.derive(2)
      try recipient.forget(1)
      for _ in 0..<3 { try recipient.purge() }
      try expect(recipient.hasAcknowledged() && recipient.holds(2))
    },
  ]
}
