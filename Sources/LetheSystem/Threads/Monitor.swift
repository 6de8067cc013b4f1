internal import Glibc

/// A value behind a lock that threads can wait on (`pthread_mutex_t` and `pthread_cond_t`).
///
/// Waiting blocks the thread: for Lethe's own threads, never for the cooperative pool. Also where several threads often want
/// a value at once: the thread sanitizer sees this lock, and of `Synchronization.Mutex` only those that nobody waits for.
package final class Monitor<Value>: @unchecked Sendable {
  // Sendable: the value is touched only while the mutex is held.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var value: Value

  package init(_ value: sending Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Works on the value alone, then wakes all who wait.
  package func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
    }
    return try body(&value)
  }

  /// Works on the value alone, then wakes all who wait if that is worth it: a wake costs more than most of what is done
  /// under the lock.
  package func withLockWaking<Result>(if isWorthIt: KeyPath<Value, Bool>, _ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    let result = body(&value)
    if value[keyPath: isWorthIt] { pthread_cond_broadcast(changed) }
    return result
  }

  /// Waits until the condition holds, but no longer than a time.
  package func wait(until isReady: (Value) -> Bool, atMostMicroseconds microseconds: Int) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var end = timespec()
    clock_gettime(CLOCK_REALTIME, &end)
    end.tv_nsec += microseconds * 1000
    end.tv_sec += end.tv_nsec / 1_000_000_000
    end.tv_nsec %= 1_000_000_000
    while !isReady(value) {
      if pthread_cond_timedwait(changed, mutex, &end) == ETIMEDOUT { return }
    }
  }

  /// Waits until the condition holds, then works on the value before anybody else can.
  package func wait<Result>(until isReady: (Value) -> Bool, then body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    while !isReady(value) { pthread_cond_wait(changed, mutex) }
    defer {
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
    }
    return body(&value)
  }
}
