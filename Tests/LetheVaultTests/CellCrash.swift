import LetheSystem
import LetheTesting
import Testing

@testable import LetheVault

/// A stage besides a root and the retiring of that root, with one call after another stopped, or torn after some bytes.
enum CellCrash {
  /// - Parameter cell: makes or opens the cell's file.
  static func walk(
    tearing tears: [Int], _ cell: (MemoryFileSystem, FileRootCell.Access) throws -> FileRootCell
  ) throws {
    let (first, second) = (RootCellConformance.share(1, 1), RootCellConformance.share(2, 2))
    for tear in [nil] + tears.map({ Optional($0) }) {
      for stop in 0..<64 {
        let files = MemoryFileSystem()
        let before = try cell(files, .create)
        try before.stage(first, besides: nil)
        let target = files.faults.callCount + stop
        files.faults.decide { call in
          guard call.number == target else { return .proceed }
          return tear.map { .tear(byteCount: $0) } ?? .stop
        }
        var kept = first.pair
        do {
          try before.stage(second, besides: first.pair)
          kept = second.pair
          _ = try before.retire(allBut: second.pair)
          #expect(!files.faults.hasStopped)
          break
        } catch {}
        for survival in [MemoryFileSystem.Survival.synced, .all, .some(seed: UInt64(stop))] {
          let after = try cell(files.crash(survival), .open)
          #expect(try after.readAll().map(\.pair).contains(kept), "stop \(stop), \(survival)")
          _ = try after.retire(allBut: kept)
          #expect(try after.readAll().map(\.pair) == [kept])
        }
        #expect(stop < 63, "the walk must come to its end")
      }
    }
  }
}
