internal import COpenSSL
package import LetheSystem

extension LetheError {
  /// An error of libcrypto: the function that failed and its thread's whole error queue, oldest first, which is emptied.
  ///
  /// The queue's words come from libcrypto's tables, never from a call's arguments.
  package static func libcrypto(_ function: String) -> LetheError {
    var queue: [String] = []
    while case let code = ERR_get_error(), code != 0 {
      let words = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
        ERR_error_string_n(code, text.baseAddress, text.count)
        return String(cString: text.baseAddress!)
      }
      queue.append(words)
    }
    return LetheError(
      .io, "libcrypto could not do its work; check that OpenSSL 3 is whole and that memory is not exhausted",
      cause: Cause(function: function, queue: queue))
  }
}
