internal import LetheLog
internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// A stream as it is named on the command line.
enum StreamArgument {
  static func name(_ text: String) throws(LetheError) -> StreamName {
    do { return try StreamName(text) } catch { throw LetheError(.usage, error.message) }
  }

  /// `$all`, `id:` and 32 hexadecimal digits, or a name.
  static func selection(_ text: String) throws(LetheError) -> Selection {
    if text == "$all" { return .all }
    guard text.begins(with: StreamName.idPrefix) else { return .stream(try name(text)) }
    guard let id = StreamID(hex: text[text.utf8.index(text.startIndex, offsetBy: 3)...]) else {
      throw LetheError(.usage, "id: is followed by the stream's 32 hexadecimal digits; correct them")
    }
    return .streamID(id)
  }
}
