internal import CLinux
internal import Glibc

/// The memory of this process as others may see it.
package enum ProcessMemory {
  /// Keeps it from debuggers and core dumps: `prctl(PR_SET_DUMPABLE, 0)` and a core size of 0.
  package static func forbidDumps() {
    _ = lethe_forbid_dumps()
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &limit)
  }
}
