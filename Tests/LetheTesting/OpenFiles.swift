internal import Glibc

/// How many files this process may have open.
enum OpenFiles {
  /// Raises the limit as far as the system lets us, once. All tests run at once, each with homes of its own, which is more
  /// than the 1,024 files that many systems give to a process unless it asks.
  static let areAllowed: Void = {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }()
}
