internal import Glibc

/// Many readers or one writer at a time (`pthread_rwlock_t`, writers first). Public and inlinable as `Monitor` is.
public final class ReaderWriterLock<Value: ~Copyable>: @unchecked Sendable {
  // Sendable: the value is read under the shared and changed under the exclusive lock only. It is behind a pointer for
  // the reason that a monitor's is.
  @usableFromInline let gate = ReaderWriterGate()
  @usableFromInline let value: UnsafeMutablePointer<Value>

  @inlinable public init(_ value: consuming sending Value) {
    self.value = .allocate(capacity: 1)
    self.value.initialize(to: value)
  }

  deinit {
    value.deinitialize(count: 1)
    value.deallocate()
    gate.destroy()
  }

  /// Reads the value; never call it again from inside.
  @inlinable public func read<Result: ~Copyable, Failure: Error>(
    _ body: (borrowing Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    gate.lockShared()
    defer { gate.unlock() }
    return try body(value.pointee)
  }

  /// Changes the value once no reader is left.
  @inlinable public func write<Result: ~Copyable, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    gate.lockAlone()
    defer { gate.unlock() }
    return try body(&value.pointee)
  }
}

/// The lock itself.
@usableFromInline struct ReaderWriterGate: @unchecked Sendable {
  // Sendable: it may be used by any thread.
  private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)

  @usableFromInline init() {
    var attributes = pthread_rwlockattr_t()
    pthread_rwlockattr_init(&attributes)
    pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
    pthread_rwlock_init(lock, &attributes)
    pthread_rwlockattr_destroy(&attributes)
  }

  @usableFromInline func destroy() {
    pthread_rwlock_destroy(lock)
    lock.deallocate()
  }

  // Anything else than zero, a writer that reads for example, would go on without the lock.

  @usableFromInline func lockShared() {
    precondition(pthread_rwlock_rdlock(lock) == 0, "a reader-writer lock is not taken twice by one thread")
  }

  @usableFromInline func lockAlone() {
    precondition(pthread_rwlock_wrlock(lock) == 0, "a reader-writer lock is not taken twice by one thread")
  }

  @usableFromInline func unlock() { pthread_rwlock_unlock(lock) }
}
