internal import LetheSystem
internal import Synchronization

/// Watches a disk in memory; every folder's changes count.
final class MemoryWatch: FolderWatch {
  private let disk: Monitor<MemoryDisk>
  private let seen: Atomic<Int>
  private let isCancelled = Atomic<Bool>(false)

  init(_ disk: Monitor<MemoryDisk>, after count: Int) {
    self.disk = disk
    seen = Atomic(count)
  }

  func wait() -> FolderNews {
    disk.wait(
      until: { $0.changeCount > self.seen.load(ordering: .relaxed) || self.isCancelled.load(ordering: .relaxed) },
      then: { self.seen.store($0.changeCount, ordering: .relaxed) })
    return isCancelled.load(ordering: .relaxed) ? .cancelled : .changed
  }

  func cancel() {
    isCancelled.store(true, ordering: .relaxed)
    // Wakes who waits.
    disk.withLock { _ in }
  }
}
