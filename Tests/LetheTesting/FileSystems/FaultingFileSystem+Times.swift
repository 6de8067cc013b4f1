internal import LetheSystem

extension FaultingFileSystem {
  private enum Progress { case waiting, coarsened, written }

  /// Has somebody write to a file as soon as its time was coarsened once, without changing its bytes.
  public func writeBehindCoarsening(of path: String) {
    let progress = Monitor(Progress.waiting)
    let base = base
    faults.decide { call in
      guard call.path == path else { return .proceed }
      let isToWrite = progress.withLock { progress in
        switch (progress, call.kind) {
        case (.waiting, .coarsenTime): progress = .coarsened
        case (.coarsened, .facts):
          progress = .written
          return true
        case _: break
        }
        return false
      }
      guard isToWrite else { return .proceed }
      do throws(LetheError) { try Self.touch(path, in: base) } catch { return .fail }
      return .proceed
    }
  }

  private static func touch(_ path: String, in files: any FileSystem) throws(LetheError) {
    let file = try files.open(path, .update)
    let first = try file.read(count: 1, at: 0)
    try file.write(first.span.bytes, at: 0)
  }
}
