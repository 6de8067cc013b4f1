internal import COpenSSL
internal import Glibc
internal import LetheSystem
internal import Synchronization

/// The memory in which secrets live, and what the machine granted of it.
///
/// Small secrets share OpenSSL's secure heap: locked, left out of core dumps, between guard pages. Large ones, and small
/// ones that come when the heap is full, get pages of their own that are locked as long as the machine allows. Nothing
/// is handed out without being zeroed, nothing is given back without being cleansed.
public enum SecretMemory {
  /// Whether secrets can be swapped out or end in a core dump.
  public enum Status: String, Sendable {
    /// Every secret lies in locked memory.
    case locked
    /// The machine refused to lock memory (`ulimit -l`); secrets are cleansed but may have been swapped out.
    case unlocked
    /// The limit is reached; of the secrets that came later some lie outside locked memory.
    case partlyLocked
  }

  /// The locked heap's size; a power of two, below Linux's usual limit of 8 MiB on locked memory.
  static let heapByteCount = 4 << 20
  /// What secrets may take of it. libcrypto keeps its own there and has nowhere else to go: a full heap would stop it.
  static let heapShare = heapByteCount / 8 * 7
  /// Above this a secret gets pages of its own and leaves the heap to the keys.
  static let largestInHeap = 16 << 10

  private enum Heap {
    case locked, unlocked, none
  }

  /// Opened once per process.
  private static let heap: Heap =
    switch CRYPTO_secure_malloc_init(heapByteCount, 16) {
    case 1: .locked
    case 2: .unlocked
    // Another user of libcrypto in this process may have opened it before us.
    default: CRYPTO_secure_malloc_initialized() == 1 ? .unlocked : .none
    }
  private static let heapUse = Atomic<Int>(0)
  private static let wasRefused = Atomic<Bool>(false)

  public static var status: Status {
    guard heap == .locked else { return .unlocked }
    return wasRefused.load(ordering: .relaxed) ? .partlyLocked : .locked
  }

  /// Keeps the process's memory from debuggers and core dumps.
  public static func protectProcess() { ProcessMemory.forbidDumps() }

  /// Zeroed memory, aligned to its size rounded up to a power of two, at most to a page.
  static func allocate(_ count: Int) throws(LetheError) -> UnsafeMutableRawPointer {
    if heap != .none, count <= largestInHeap {
      let size = heapSize(count)
      if heapUse.add(size, ordering: .relaxed).newValue <= heapShare, let address = CRYPTO_secure_zalloc(size, "", 0) {
        return address
      }
      heapUse.subtract(size, ordering: .relaxed)
      ERR_clear_error()
    }
    let size = pageSize(count)
    guard let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      address != MAP_FAILED
    else {
      let number = errno
      throw LetheError(
        .io, "there is no memory for a secret; free some or allow the process more",
        cause: .init(function: "mmap", number: number))
    }
    let isKeptFromDumps = madvise(address, size, MADV_DONTDUMP) == 0
    let isLocked = mlock(address, size) == 0
    if !isKeptFromDumps || !isLocked { wasRefused.store(true, ordering: .relaxed) }
    return address
  }

  /// Cleanses and gives back what `allocate` gave for the same count.
  static func release(_ address: UnsafeMutableRawPointer, _ count: Int) {
    if heap != .none, CRYPTO_secure_allocated(address) == 1 {
      let size = heapSize(count)
      CRYPTO_secure_clear_free(address, size, "", 0)
      heapUse.subtract(size, ordering: .relaxed)
    } else {
      OPENSSL_cleanse(address, pageSize(count))
      munmap(address, pageSize(count))
    }
  }

  /// The heap gives powers of two.
  private static func heapSize(_ count: Int) -> Int {
    count <= 16 ? 16 : 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
  }

  private static func pageSize(_ count: Int) -> Int { (max(count, 1) + 4095) & ~4095 }
}
