internal import Glibc

/// A thread of its own for work that blocks (`pthread_create`).
package enum WorkerThread {
  /// Starts a thread that ends with the body; nobody joins it.
  ///
  /// - Throws: `io` if the machine has no thread to give.
  package static func start(_ body: @escaping @Sendable () -> Void) throws(LetheError) {
    let box = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { raw in
        Unmanaged<Body>.fromOpaque(raw!).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    guard failure == 0 else {
      box.release()
      throw LetheError(
        .io, "the machine has no thread to give; raise the limit on processes",
        cause: LetheError.Cause(function: "pthread_create", number: failure))
    }
    pthread_detach(thread)
  }

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
