internal import Glibc

/// Many readers or one writer at a time (`pthread_rwlock_t`, writers first).
package final class ReaderWriterLock<Value>: @unchecked Sendable {
  // Sendable: the value is read under the shared and changed under the exclusive lock only.
  private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
  private var value: Value

  package init(_ value: sending Value) {
    self.value = value
    var attributes = pthread_rwlockattr_t()
    pthread_rwlockattr_init(&attributes)
    pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
    pthread_rwlock_init(lock, &attributes)
    pthread_rwlockattr_destroy(&attributes)
  }

  deinit {
    pthread_rwlock_destroy(lock)
    lock.deallocate()
  }

  /// Reads the value; never call it again from inside.
  package func read<Result: ~Copyable, Failure: Error>(
    _ body: (borrowing Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Anything else than zero, a writer that reads for example, would go on without the lock.
    precondition(pthread_rwlock_rdlock(lock) == 0, "a reader-writer lock is not taken twice by one thread")
    defer { pthread_rwlock_unlock(lock) }
    return try body(value)
  }

  /// Changes the value once no reader is left.
  package func write<Result: ~Copyable, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(pthread_rwlock_wrlock(lock) == 0, "a reader-writer lock is not taken twice by one thread")
    defer { pthread_rwlock_unlock(lock) }
    return try body(&value)
  }
}
