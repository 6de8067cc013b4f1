internal import COpenSSL
internal import LetheSystem

extension LetheError {
  /// An error of libcrypto: the function that failed and its thread's whole error queue, which is emptied.
  static func libcrypto(_ function: String) -> LetheError {
    var queue: [String] = []
    var file: UnsafePointer<CChar>?
    var line: Int32 = 0
    var name: UnsafePointer<CChar>?
    var data: UnsafePointer<CChar>?
    var flags: Int32 = 0
    while case let code = ERR_get_error_all(&file, &line, &name, &data, &flags), code != 0 {
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
