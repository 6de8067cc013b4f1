internal import COpenSSL
internal import Glibc
internal import LetheSystem
internal import Synchronization

/// A libcrypto context and locked memory for the keys and blocks that it works on.
struct Workbench {
  let context: OpaquePointer
  let scratch: UnsafeMutablePointer<UInt8>
}

/// Workbenches that nobody uses at the moment; as many are made as threads work at once.
///
/// There is no lock: each slot is one atomic word, and a thread begins at a slot of its own, so that threads which work
/// at the same time do not write the same cache line.
///
/// Sendable: the slots are atomic, and a workbench that is taken belongs to the taker alone.
final class ContextPool: @unchecked Sendable {
  private static let slotCount = 32
  /// Slots lie a cache line apart.
  private static let stride = 8

  private let scratchByteCount: Int
  private let make: @Sendable () -> OpaquePointer?
  private let free: @Sendable (OpaquePointer) -> Void
  private let slots: UnsafeMutablePointer<Atomic<UInt>>

  /// A pool that lives as long as the process.
  init(
    scratchByteCount: Int, make: @escaping @Sendable () -> OpaquePointer?,
    free: @escaping @Sendable (OpaquePointer) -> Void
  ) {
    self.scratchByteCount = scratchByteCount
    self.make = make
    self.free = free
    slots = .allocate(capacity: Self.slotCount * Self.stride)
    for index in 0..<Self.slotCount * Self.stride { (slots + index).initialize(to: Atomic(0)) }
  }

  /// - Throws: `io` if there is no memory for one more.
  func take() throws(LetheError) -> UnsafeMutablePointer<Workbench> {
    let first = Self.firstSlot
    for offset in 0..<Self.slotCount {
      let slot = slots + ((first + offset) % Self.slotCount) * Self.stride
      guard slot.pointee.load(ordering: .relaxed) != 0 else { continue }
      let word = slot.pointee.exchange(0, ordering: .acquiring)
      if let bench = UnsafeMutablePointer<Workbench>(bitPattern: word) { return bench }
    }
    let scratch = try SecretMemory.allocate(scratchByteCount)
    guard let context = make() else {
      SecretMemory.release(scratch, scratchByteCount)
      throw .libcrypto("EVP_CIPHER_CTX_new or EVP_MD_CTX_new")
    }
    let bench = UnsafeMutablePointer<Workbench>.allocate(capacity: 1)
    bench.initialize(to: Workbench(context: context, scratch: scratch.assumingMemoryBound(to: UInt8.self)))
    return bench
  }

  func give(_ bench: UnsafeMutablePointer<Workbench>) {
    let first = Self.firstSlot
    let word = UInt(bitPattern: bench)
    for offset in 0..<Self.slotCount {
      let slot = slots + ((first + offset) % Self.slotCount) * Self.stride
      guard slot.pointee.load(ordering: .relaxed) == 0 else { continue }
      if slot.pointee.compareExchange(expected: 0, desired: word, ordering: .releasing).exchanged { return }
    }
    drop(bench)
  }

  /// Frees the workbenches that are idle.
  func drain() {
    for index in 0..<Self.slotCount {
      let word = (slots + index * Self.stride).pointee.exchange(0, ordering: .acquiring)
      if let bench = UnsafeMutablePointer<Workbench>(bitPattern: word) { drop(bench) }
    }
  }

  private func drop(_ bench: UnsafeMutablePointer<Workbench>) {
    free(bench.pointee.context)
    SecretMemory.release(bench.pointee.scratch, scratchByteCount)
    bench.deallocate()
  }

  /// Threads' addresses differ by the size of their stacks, whatever that is; the product's upper bits differ well.
  private static var firstSlot: Int { Int((UInt64(pthread_self()) &* 0x9E37_79B9_7F4A_7C15) >> 59) }
}
