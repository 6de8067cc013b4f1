package import LetheLog
package import LetheSystem
package import LetheVault

/// What a fact took from everybody who keeps something of a person: nothing opens under the nodes any more.
package struct Withdrawal: Sendable, Equatable {
  package let position: UInt64
  package let nodes: [KeyNode]

  package init(position: UInt64, nodes: [KeyNode]) {
    self.position = position
    self.nodes = nodes
  }
}

extension Store {
  /// What forgets withdrew at a position or later, oldest first.
  ///
  /// A forget counts from the moment its `ForgetStarted` is durable: it cannot be taken back then.
  package func withdrawals(from start: UInt64) -> [Withdrawal] {
    let durable = parts.log.count
    return parts.state.read { state in
      let starts = state.index.forgets.starts
      let first = starts.firstPlace(notBefore: { $0.position < start })
      return starts[first...].prefix { $0.position < durable }.map {
        Withdrawal(position: $0.position, nodes: $0.fact.nodes)
      }
    }
  }

  /// Whether a forget has ever begun durably.
  package var hasWithdrawals: Bool {
    let durable = parts.log.count
    return parts.state.read { state in state.index.forgets.starts.first.map { $0.position < durable } ?? false }
  }

  /// Whether a key is destroyed, or about to be, so that nothing that came from its payloads may be shown.
  package func isWithdrawn(_ kid: KeyID) -> Bool {
    parts.state.read { $0.index.pendingForget(of: kid) != nil || $0.index.destroyer(of: kid) != nil }
  }

  /// The stream and revision of a durable record; nil beyond the log's end.
  package func streamPlace(of position: UInt64) throws(LetheError) -> (stream: StreamID, revision: UInt64)? {
    guard position < parts.log.count else { return nil }
    let header = try parts.log.record(at: position).header
    return (header.streamID, header.revision)
  }

  /// The cases of forgets that had been held up, or cut off by a crash, and that opening the store finished.
  ///
  /// Read models may owe a purge for them: a `ForgetDesk` has them make up for it.
  public var forgetsFinishedAtOpening: [String] { found.finishedForgets.map(\.hex) }
}
