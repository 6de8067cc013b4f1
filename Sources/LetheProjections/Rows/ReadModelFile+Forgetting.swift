internal import LetheSQLite
internal import LetheSystem
internal import LetheVault

extension ReadModelFile {
  /// Removes the rows under the nodes that the fact at a position names; the file is scrubbed after the commit.
  func purge(
    _ nodes: [KeyNode], _ progress: inout Progress, sweptThrough position: UInt64
  ) throws(LetheError) {
    for node in nodes { try table.purge(node) }
    progress.swept = position + 1
    // Even where no row was left: the file may still hold bytes of rows that were removed or written over before.
    progress.needsScrub = true
  }

  /// Whether the log still holds the record before the bookmark.
  func continues(_ source: any ProjectionSource) throws(LetheError) -> Bool {
    let progress = try progress()
    guard progress.position > 0 else { return true }
    guard progress.position <= source.count else { return false }
    var isSame = false
    try source.read(from: progress.position - 1) { (delivery) throws(LetheError) in
      isSame = delivery.position == progress.position - 1 && delivery.mark == progress.mark
      return .stop
    }
    return isSame
  }

  /// Sees to the forgets that the file has not seen yet, without the model's code and without moving the bookmark.
  ///
  /// From a forget on nothing more opens under its nodes, so that the model can be brought up to the log later.
  /// - Throws: `refused` if the file is of another store or log.
  func sweep(_ source: any ProjectionSource, _ identity: Identity) throws(LetheError) {
    guard identity.storeID == source.storeID, try continues(source) else {
      throw LetheError(
        .refused,
        "\(path.lastPathComponent): the read model is not of this log; rebuild it by its application or delete it",
        place: path.lastPathComponent)
    }
    let end = source.count
    var progress = try progress()
    var withdrawn: [(nodes: [KeyNode], position: UInt64)] = []
    var returned: UInt64?
    try source.read(from: progress.swept) { (delivery) throws(LetheError) in
      guard delivery.position < end else { return .stop }
      switch delivery.content {
      case .withdrawn(let nodes): withdrawn.append((nodes, delivery.position))
      case .returned: returned = returned ?? delivery.position
      case .event, .other: break
      }
      return .continue
    }
    try database.transaction { () throws(LetheError) in
      switch forgetting {
      case .purgesRows:
        for fact in withdrawn { try purge(fact.nodes, &progress, sweptThrough: fact.position) }
        // What came back can only be given again by the model itself, which finds it beyond this place.
        progress.swept = returned ?? end
      case .rebuilds where withdrawn.isEmpty && returned == nil: progress.swept = end
      case .rebuilds:
        try table.removeAll()
        progress = Progress(swept: end, needsScrub: true)
      }
      try setProgress(progress)
    }
    try scrub()
  }
}
