internal import Glibc

/// A value behind a lock that threads can wait on (`pthread_mutex_t` and `pthread_cond_t`).
///
/// Waiting blocks the thread: for Lethe's own threads, never for the cooperative pool. Also where several threads often want
/// a value at once: the thread sanitizer sees this lock, and of `Synchronization.Mutex` only those that nobody waits for.
///
/// What takes a body is public and inlinable, since nothing else is specialised in another module (Swift 6.3): each call
/// would have the runtime look for the metadata of its types.
public final class Monitor<Value>: @unchecked Sendable {
  // Sendable: the value is touched only while the mutex is held. It is behind a pointer so that the lock alone guards it,
  // and not the runtime's check of exclusive access too.
  @usableFromInline let gate = MonitorGate()
  @usableFromInline let value: UnsafeMutablePointer<Value>

  @inlinable public init(_ value: sending Value) {
    self.value = .allocate(capacity: 1)
    self.value.initialize(to: value)
  }

  deinit {
    value.deinitialize(count: 1)
    value.deallocate()
    gate.destroy()
  }

  /// Works on the value alone, then wakes all who wait.
  @inlinable public func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    gate.lock()
    defer { gate.unlockWaking() }
    return try body(&value.pointee)
  }

  /// Looks at the value alone; nobody is woken.
  @inlinable public func peek<Result>(_ body: (Value) -> Result) -> Result {
    gate.lock()
    defer { gate.unlock() }
    return body(value.pointee)
  }

  /// Works on the value alone, then wakes all who wait if that is worth it: a wake costs more than most of what is done
  /// under the lock.
  @inlinable public func withLockWaking<Result>(
    if isWorthIt: (Value) -> Bool, _ body: (inout Value) -> Result
  ) -> Result {
    gate.lock()
    let result = body(&value.pointee)
    if isWorthIt(value.pointee) { gate.unlockWaking() } else { gate.unlock() }
    return result
  }

  /// Waits until the condition holds, but no longer than a time.
  @inlinable public func wait(until isReady: (Value) -> Bool, atMostMicroseconds microseconds: Int) {
    gate.lock()
    defer { gate.unlock() }
    let end = gate.deadline(inMicroseconds: microseconds)
    while !isReady(value.pointee) {
      guard gate.wait(until: end) else { return }
    }
  }

  /// Waits until the condition holds, then works on the value before anybody else can.
  @inlinable public func wait<Result>(until isReady: (Value) -> Bool, then body: (inout Value) -> Result) -> Result {
    gate.lock()
    while !isReady(value.pointee) { gate.wait() }
    defer { gate.unlockWaking() }
    return body(&value.pointee)
  }
}

/// The lock of a monitor and what is waited on.
@usableFromInline struct MonitorGate: @unchecked Sendable {
  // Sendable: both may be used by any thread.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  @usableFromInline init() {
    pthread_mutex_init(mutex, nil)
    // By a clock that nobody sets: waits take as long as they are told to, and its nanoseconds never run out of bits.
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  @usableFromInline func destroy() {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  @usableFromInline func lock() { pthread_mutex_lock(mutex) }

  @usableFromInline func unlock() { pthread_mutex_unlock(mutex) }

  @usableFromInline func unlockWaking() {
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }

  @usableFromInline func wait() { pthread_cond_wait(changed, mutex) }

  /// A time, in nanoseconds of the monotonic clock.
  @usableFromInline func deadline(inMicroseconds microseconds: Int) -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000_000_000 + now.tv_nsec + microseconds * 1000
  }

  /// Waits; false once it is later than that.
  @usableFromInline func wait(until end: Int) -> Bool {
    var time = timespec(tv_sec: end / 1_000_000_000, tv_nsec: end % 1_000_000_000)
    return pthread_cond_timedwait(changed, mutex, &time) != ETIMEDOUT
  }
}
