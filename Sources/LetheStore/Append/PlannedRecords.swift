internal import LetheLog
internal import LetheSystem

/// Records that have their places, in order, and are not sealed yet.
struct PlannedRecords: Sendable {
  enum Piece: Sendable {
    case record(RecordPlan)
    case run(EventRun)
  }

  private var pieces: [Piece] = []
  private(set) var count = 0

  mutating func append(_ piece: Piece) {
    pieces.append(piece)
    count += piece.count
  }

  /// Seals all, in order.
  func sealed(storeID: [UInt8]) throws(LetheError) -> PreparedRecords {
    var records = RecordPreparer(room: count, byteCount: pieces.reduce(0) { $0 + $1.byteCount })
    for piece in pieces {
      switch piece {
      case .record(let record): try record.seal(into: &records, storeID: storeID)
      case .run(let run): try run.seal(into: &records, storeID: storeID)
      }
    }
    return records.finish()
  }

  /// The first half and the rest.
  var halves: (PlannedRecords, PlannedRecords) {
    var (first, rest) = (PlannedRecords(), PlannedRecords())
    for piece in pieces {
      let room = count / 2 - first.count
      if piece.count <= room {
        first.append(piece)
      } else if room > 0, case .run(let run) = piece {
        let (head, tail) = run.divided(after: room)
        first.append(.run(head))
        rest.append(.run(tail))
      } else {
        rest.append(piece)
      }
    }
    return (first, rest)
  }
}

extension PlannedRecords.Piece {
  fileprivate var count: Int {
    switch self {
    case .record: 1
    case .run(let run): run.numbers.count
    }
  }

  fileprivate var byteCount: Int {
    switch self {
    case .record(let record): record.byteCount
    case .run(let run): run.byteCount
    }
  }
}
