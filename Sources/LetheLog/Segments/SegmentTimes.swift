internal import LetheSystem

/// What the modification times of segments that still change were set to, so that each change gives a later one.
final class SegmentTimes: Sendable {
  private let times = Monitor<[UInt64: FileTime]>([:])

  /// - Parameter time: what the segment had before anything was written to it here; nil if it is new.
  func note(_ first: UInt64, _ time: FileTime?) { times.withLock { $0[first] = time } }

  /// Coarsens the time of a segment that is open, if it was written to since that was done last.
  func coarsen(_ first: UInt64, _ file: any File) {
    let previous = times.withLock { $0[first] }
    do throws(LetheError) {
      guard try file.facts().modified != previous else { return }
      note(first, try file.coarsenTime(after: previous))
    } catch {
      // A segment that tells when it was written is no reason to stop.
    }
  }

  /// Gives a segment that is never written again its last time.
  func settle(_ first: UInt64, _ path: String, _ files: any FileSystem) {
    let noted = times.withLock { $0.removeValue(forKey: first) }
    do throws(LetheError) {
      guard let modified = try files.facts(of: path, .followed)?.modified, modified != noted else { return }
      // Of one that a crash left, nobody knows what it was set to; one with whole seconds was set.
      if noted == nil, modified.nanoseconds == 0 { return }
      try files.coarsenTime(of: path, after: noted ?? modified)
    } catch {
      // As above.
    }
  }
}

extension FileLog {
  /// Coarsens the times of what was written since the last call, so that they do not tell when records came.
  package func coarsenTimes() {
    let (first, file) = view.withLock { ($0.open.first, $0.open.file) }
    times.coarsen(first, file)
    files.tryToCoarsenTime(of: directory, after: nil)
  }

  func lock(_ file: any File) throws(LetheError) {
    switch options.locking {
    case .none: break
    case .activeSegment: try file.lock(waiting: .zero)
    }
  }

  func unlock(_ file: any File) {
    switch options.locking {
    case .none: break
    case .activeSegment: file.unlock()
    }
  }

  /// Gives the segment that takes records back to others; nothing may be appended afterwards.
  package func unlockActiveSegment() { unlock(view.withLock { $0.open.file }) }
}
