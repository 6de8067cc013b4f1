internal import Synchronization

/// libcrypto contexts that nobody uses at the moment; as many are made as threads work at once.
///
/// Sendable: the list is behind its lock, and a context that is taken belongs to the taker alone.
final class ContextPool: @unchecked Sendable {
  private let make: @Sendable () -> OpaquePointer?
  private let free: @Sendable (OpaquePointer) -> Void
  private let idle = Mutex<[Idle]>([])

  private struct Idle: @unchecked Sendable {
    let context: OpaquePointer
  }

  init(make: @escaping @Sendable () -> OpaquePointer?, free: @escaping @Sendable (OpaquePointer) -> Void) {
    self.make = make
    self.free = free
  }

  func take() -> OpaquePointer {
    if let idle = idle.withLock({ $0.popLast() }) { return idle.context }
    guard let context = make() else { preconditionFailure("libcrypto has no memory for a context") }
    return context
  }

  func give(_ context: OpaquePointer) {
    let item = Idle(context: context)
    let isKept = idle.withLock { idle in
      guard idle.count < 64 else { return false }
      idle.append(item)
      return true
    }
    if !isKept { free(context) }
  }

  /// Frees the contexts that are idle.
  func drain() {
    let dropped = idle.withLock { idle in
      defer { idle = [] }
      return idle
    }
    for item in dropped { free(item.context) }
  }
}
