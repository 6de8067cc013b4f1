internal import LetheSystem

/// What of a system fact is sealed: when exactly it was recorded, and its texts in an order fixed by the fact.
///
/// As the plaintext of a part: microseconds since 1970 i64, count of texts u32, each text behind its length u32.
///
/// | fact | texts |
/// |---|---|
/// | `SubjectRegistered` | id, aliases … |
/// | `SlotOpened` | category, generation |
/// | `StreamCreated` | name |
/// | `StaffNamed` | staff id |
/// | `PlacesChanged` | kind, path of each cell and replica … |
/// | `CaseStep` | name, value, name, value … |
struct FactDetail: Sendable, Equatable {
  let recordedAt: Timestamp
  let texts: [String]

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.put(recordedAt.microseconds)
    writer.put(UInt32(texts.count))
    for text in texts { writer.putCounted(text) }
    return writer.bytes
  }

  init(recordedAt: Timestamp, texts: [String] = []) {
    self.recordedAt = recordedAt
    self.texts = texts
  }

  init(decoding bytes: [UInt8]) throws(LetheError) {
    var reader = ByteReader(bytes)
    recordedAt = Timestamp(microseconds: try reader.take(Int64.self))
    texts = try reader.takeList(ofSize: 4) { (reader) throws(LetheError) in try reader.takeCountedText() }
    try reader.finish()
  }
}
