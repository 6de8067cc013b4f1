internal import CLinux
internal import Glibc

/// The memory of this process as others may see it.
package enum ProcessMemory {
  /// Keeps it from debuggers, core dumps and crash reports: `prctl(PR_SET_DUMPABLE, 0)`, a core size of 0, and no
  /// backtrace, which Swift's runtime would print together with the registers, whatever they hold.
  package static func forbidDumps() {
    _ = lethe_forbid_dumps()
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &limit)
    for crash in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGTRAP] { signal(crash, SIG_DFL) }
  }

  /// Keeps what is free from piling up: all threads take memory from one place, and pieces of 4 MiB, or 16 MiB that are
  /// free at its end, are given back to the machine at once (`mallopt(3)`). Pieces of some 100 kB are not: each vault
  /// commit and each long append needs several, and the machine zeroes what it gives. For programs; a library leaves that
  /// to its application.
  package static func keepCompact() {
    lethe_keep_heap_compact(1, 4 << 20, 16 << 20)
  }

  /// The most memory that the process ever had resident, in bytes (`getrusage(2)`).
  package static var peakResidentByteCount: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
