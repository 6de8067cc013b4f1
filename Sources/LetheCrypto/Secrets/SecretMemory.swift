internal import COpenSSL
internal import Glibc
internal import LetheSystem
internal import Synchronization

/// The memory in which secrets live, and what the machine granted of it.
public enum SecretMemory {
  /// Whether secrets can be swapped out or end in a core dump.
  public enum Status: String, Sendable {
    /// Every secret lies in locked memory.
    case locked
    /// The machine refused to lock memory (`ulimit -l`); secrets are cleansed but may have been swapped out.
    case unlocked
    /// The locked heap is full; root, page and data keys that came later lie outside it.
    case partlyLocked
  }

  /// The locked heap's size; a power of two, below Linux's usual limit of 8 MiB on locked memory.
  static let heapByteCount = 4 << 20

  /// Opened once per process; false where memory could not be locked.
  private static let isLocked: Bool = CRYPTO_secure_malloc_init(heapByteCount, 16) == 1
  private static let overflowed = Atomic<Bool>(false)

  public static var status: Status {
    guard isLocked else { return .unlocked }
    return overflowed.load(ordering: .relaxed) ? .partlyLocked : .locked
  }

  /// Keeps the process's memory from debuggers and core dumps: `prctl(PR_SET_DUMPABLE, 0)` and a core size of 0.
  public static func protectProcess() {
    _ = lethe_forbid_dumps()
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &limit)
  }

  static func allocate(_ count: Int) throws(LetheError) -> UnsafeMutableRawPointer {
    _ = isLocked
    let size = max(count, 1)
    if let address = CRYPTO_secure_zalloc(size, "", 0) { return address }
    ERR_clear_error()
    overflowed.store(true, ordering: .relaxed)
    // Whole pages, so that they can be left out of core dumps and serve O_DIRECT.
    let pages = (size + 4095) & ~4095
    guard let address = mmap(nil, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      address != MAP_FAILED
    else { throw .libcrypto("CRYPTO_secure_zalloc") }
    madvise(address, pages, MADV_DONTDUMP)
    mlock(address, pages)
    return address
  }

  static func release(_ address: UnsafeMutableRawPointer, _ count: Int) {
    let size = max(count, 1)
    if CRYPTO_secure_allocated(address) == 1 {
      CRYPTO_secure_clear_free(address, size, "", 0)
    } else {
      OPENSSL_cleanse(address, size)
      munmap(address, (size + 4095) & ~4095)
    }
  }
}
