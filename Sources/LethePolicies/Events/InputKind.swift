/// Recognises input that is not CloudEvents, so that the error can say what was given instead.
enum InputKind {
  /// The most bytes at the beginning that are looked at.
  static let headByteCount = 4096

  /// What the first bytes of an input tell by themselves; nil if they may be JSON.
  static func sentence(ofBytes head: ArraySlice<UInt8>) -> String? {
    for (mark, sentence) in marks where head.starts(with: mark) { return sentence }
    return isWide(head) ? "The input is encoded in UTF-16 or UTF-32; convert it to UTF-8, for example with iconv" : nil
  }

  private static let marks: [(mark: [UInt8], sentence: String)] = [
    ([0x1F, 0x8B], compressed("gzip", "gzip -dc")),
    ([0x28, 0xB5, 0x2F, 0xFD], compressed("zstd", "zstd -dc")),
    (Array("PK\u{3}\u{4}".utf8), compressed("zip", "unzip -p")),
    (Array("BZh".utf8), compressed("bzip2", "bzip2 -dc")),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], compressed("xz", "xz -dc")),
  ]

  private static func compressed(_ format: String, _ program: String) -> String {
    "The input is compressed with \(format); decompress it with `\(program)` and give the result"
  }

  /// Whether it is UTF-16 or UTF-32: by its byte order mark, or by the zeros that ASCII has in it.
  private static func isWide(_ head: ArraySlice<UInt8>) -> Bool {
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) { return true }
    if head.starts(with: [0, 0, 0xFE, 0xFF]) { return true }
    let units = Array(head.prefix(4))
    guard units.count == 4 else { return false }
    return units[0] != 0 && units[1] == 0 && units[3] == 0 || units[0] == 0 && units[2] == 0 && units[3] != 0
  }

  /// What is said of an input whose first line cannot be parsed.
  ///
  /// - Parameters:
  ///   - line: the first line that is not blank.
  ///   - isCut: whether it ends where more must follow.
  ///   - rest: what follows it, as far as it is there.
  static func sentence(ofLine line: ArraySlice<UInt8>, cut isCut: Bool, followedBy rest: ArraySlice<UInt8>) -> String? {
    guard let first = line.first(where: { !$0.isJSONSpace }) else { return nil }
    if first == UInt8(ascii: "<") { return "The input is XML or HTML; convert it to CloudEvents in JSON, one per line" }
    guard first == UInt8(ascii: "{") else {
      let separators: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
      guard separators.contains(where: { line.contains($0) }), !rest.isEmpty else { return nil }
      return "The input is a table (CSV), not JSON; write each row as a CloudEvent, one per line"
    }
    // An object that goes on in the next line is not the same as one whose end is missing.
    let isAlone = line.allSatisfy { $0.isJSONSpace || $0 == first }
    guard isCut, let next = rest.first(where: { !$0.isJSONSpace }), isAlone || next != first else { return nil }
    let name = Array("\"resourceType\"".utf8)
    if contains(name, in: line) || contains(name, in: rest.prefix(headByteCount)) {
      return "The input is a pretty-printed FHIR resource, not a CloudEvent; \(fhirAdvice), on one line"
    }
    return
      "The input is pretty-printed JSON, not one event per line; put each event on one line, or all of them in one array"
  }

  /// What is said of a whole object that is no event.
  static func fault(of document: JSONDocument) -> JSONFault? {
    guard document.member("specversion", of: document.root) == nil,
      let type = document.member("resourceType", of: document.root), document.isString(type)
    else { return nil }
    return JSONFault(
      "The event is a FHIR resource, not a CloudEvent; \(fhirAdvice)", at: document.range(document.root).lowerBound)
  }

  private static let fhirAdvice = "put the resource into the data of a CloudEvent"

  private static func contains(_ piece: [UInt8], in text: ArraySlice<UInt8>) -> Bool {
    guard text.count >= piece.count else { return false }
    return (text.startIndex...text.endIndex - piece.count).contains { text[$0...].starts(with: piece) }
  }
}
