internal import LethePolicies
internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// A store as projections read it.
struct StoreSource: ProjectionSource {
  private let store: Store
  /// Puts parts together as they are sealed: today's replacements for shredded fields are not part of a read model.
  private let verbatim: Policies

  init(_ store: Store) throws(LetheError) {
    self.store = store
    verbatim = try Policies(files: [])
  }

  var storeID: [UInt8] { store.id }
  var count: UInt64 { store.count }

  var hasChanges: Bool { store.hasWithdrawals }

  func changes(from start: UInt64) -> [LogChange] {
    store.withdrawals(from: start).map { LogChange($0) }
  }

  func mark(of position: UInt64) throws(LetheError) -> [UInt8]? {
    try store.streamPlace(of: position).map { Delivery.mark($0.stream, $0.revision) }
  }

  func isWithdrawn(_ kid: KeyID) -> Bool { store.isWithdrawn(kid) }

  func read(
    from start: UInt64, _ body: (Delivery) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    try store.read(.all, ReadOptions(start: start, facts: .included)) { (item) throws(LetheError) in
      let content: Delivery.Content =
        switch item.content {
        case .event(let reading):
          .event(try parts(of: reading, item), reading.state == .open ? .whole : .lacking)
        case .fact(let reading): reading.fact.delivery
        }
      return try body(
        Delivery(position: item.position, streamID: item.streamID, revision: item.revision, content))
    }
  }

  /// A personal part is given with what policy retains of its event, which therefore is gone with it after a forget; what
  /// is retained is given again by itself.
  private func parts(of reading: EventReading, _ item: ReadItem) throws(LetheError) -> [DeliveredPart] {
    let retained = reading.parts.filter { $0.content.kind != .personal }
    var parts: [DeliveredPart] = []
    for (kid, content) in reading.parts {
      let isPersonal = content.kind == .personal
      let event = try OpenedEvent([content] + (isPersonal ? retained.map(\.content) : []), under: verbatim)
      parts.append(
        try DeliveredPart(
          isPersonal ? .personal : .retained, kid: kid, position: item.position, streamID: item.streamID,
          revision: item.revision, recordedTime: content.recordedTime, json: event.text))
    }
    return parts
  }
}

extension Fact {
  /// What the fact means for read models.
  fileprivate var delivery: Delivery.Content {
    switch self {
    case .forgetStarted(let start): .withdrawn(start.nodes)
    case .blocksOpened, .subjectRegistered, .slotOpened, .streamCreated, .hourBegan, .caseStep, .epochAdvanced,
      .keysDestroyed, .policyChanged, .signingKeyRotated, .staffNamed, .placesChanged, .originBegan:
      .other
    }
  }
}
