package import LetheSystem
internal import Synchronization

/// A cell in memory, for tests and drills.
package final class MemoryRootCell: RootCell {
  private let shares = Mutex<[RootShare]>([])

  package init() {}

  package var kind: String { "memory" }

  package var level: CellLevel {
    CellLevel(.l0, "it lies in this process's memory, which nobody checks and which ends with the process")
  }

  package func stage(_ share: RootShare, besides current: RootPair?) throws(LetheError) {
    try shares.withLock { (shares) throws(LetheError) in
      let kept = shares.filter { $0.pair == current }
      guard !kept.isEmpty || shares.count < 2 else { throw .cellIsFull }
      shares = (kept.isEmpty ? shares : kept) + [try share.staged()]
    }
  }

  package func readAll() -> [RootShare] { shares.withLock { $0 } }

  package func labels() -> [ShareLabel] { readAll().map(\.label) }

  package func retire(allBut pair: RootPair?) throws(LetheError) -> CellAnswer {
    let erased = try shares.withLock { (shares) throws(LetheError) in
      let kept = shares.filter { $0.pair == pair }
      guard pair == nil || !kept.isEmpty else { throw .rootToKeepIsMissing }
      defer { shares = kept }
      return shares.count - kept.count
    }
    return CellAnswer(kind: kind, level: level, erasedSlotCount: erased, proof: .readBack)
  }
}

extension LetheError {
  static var cellIsFull: LetheError {
    LetheError(.refused, "the root cell holds two roots already; open the vault again, which retires one")
  }

  static var rootToKeepIsMissing: LetheError {
    LetheError(.refused, "the root cell does not hold the root that is to stay; nothing was erased, check the cell")
  }
}
