internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// From a subject's id or a stream's name to its number in the log, by keyed look-up values; a projection of the log that
/// can always be thrown away.
///
/// This is the open form, held in memory; `DirectoryShards` seals it.
struct Directory {
  /// Log positions that are taken in: the bookmark.
  var bookmark: UInt64 = 0

  private(set) var subjects: [Digest: SubjectIndex] = [:]
  private(set) var streams: [Digest: StreamID] = [:]
  private(set) var names: [StreamID: String] = [:]
  /// Opened slots of a subject in order of opening, slot 0 left out.
  private(set) var slots: [SubjectIndex: [Slot]] = [:]

  /// A slot and what it was opened for.
  struct Slot: Equatable {
    let slot: Int
    let category: String
    let generation: UInt32
  }

  mutating func register(_ subject: SubjectIndex, under values: [Digest]) {
    for value in values { subjects[value] = subject }
  }

  mutating func open(_ slot: Slot, of subject: SubjectIndex) { slots[subject, default: []].append(slot) }

  mutating func name(_ stream: StreamID, _ name: String, under value: Digest) {
    streams[value] = stream
    names[stream] = name
  }

  /// The slot of a category's newest generation.
  func slot(for category: String, of subject: SubjectIndex) -> Slot? {
    slots[subject]?.last { $0.category.utf8.elementsEqual(category.utf8) }
  }

  /// Takes out a forgotten subject: look-up values, slots and the streams that it owned.
  mutating func remove(_ subject: SubjectIndex, streams owned: [StreamID]) {
    subjects = subjects.filter { $0.value != subject }
    slots[subject] = nil
    for stream in owned {
      names[stream] = nil
    }
    let gone = Set(owned)
    streams = streams.filter { !gone.contains($0.value) }
  }
}

extension Directory {
  // The plaintext of a shard: version u8 = 1; subjects: count u32, each look-up value (32 bytes), subject index u64;
  // slots: count u32, each subject index u64, slot u8, category (counted), generation u32; streams: count u32, each
  // look-up value, stream id (16 bytes), name (counted). Look-ups sorted by value, slots by subject and order of opening.

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.put(1 as UInt8)
    writer.put(UInt32(subjects.count))
    for (value, subject) in subjects.sorted(by: { $0.key < $1.key }) {
      writer.put(value.bytes)
      writer.put(subject.rawValue)
    }
    writer.put(UInt32(slots.values.reduce(0) { $0 + $1.count }))
    for (subject, list) in slots.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      for slot in list {
        writer.put(subject.rawValue)
        writer.put(UInt8(slot.slot))
        writer.putCounted(slot.category)
        writer.put(slot.generation)
      }
    }
    writer.put(UInt32(streams.count))
    for (value, stream) in streams.sorted(by: { $0.key < $1.key }) {
      writer.put(value.bytes)
      writer.put(stream.bytes)
      writer.putCounted(names[stream] ?? "")
    }
    return writer.bytes
  }

  init(decoding bytes: [UInt8], bookmark: UInt64) throws(LetheError) {
    var reader = ByteReader(bytes)
    let damaged = LetheError(.damage, "a directory shard has not the form it should; it is rebuilt from the log")
    guard try reader.take(UInt8.self) == 1 else { throw damaged }
    self.bookmark = bookmark
    var last: Digest?
    for _ in 0..<(try reader.take(UInt32.self)) {
      guard let value = Digest(try reader.take(Digest.byteCount)), last.map({ $0 < value }) ?? true,
        let subject = SubjectIndex(rawValue: try reader.take(UInt64.self))
      else { throw damaged }
      subjects[value] = subject
      last = value
    }
    var lastSubject: SubjectIndex?
    for _ in 0..<(try reader.take(UInt32.self)) {
      guard let subject = SubjectIndex(rawValue: try reader.take(UInt64.self)),
        lastSubject.map({ $0 <= subject }) ?? true
      else { throw damaged }
      let slot = Int(try reader.take(UInt8.self))
      guard slot < KeyID.slotLimit else { throw damaged }
      open(
        Slot(slot: slot, category: try reader.takeCountedText(), generation: try reader.take(UInt32.self)), of: subject)
      lastSubject = subject
    }
    last = nil
    for _ in 0..<(try reader.take(UInt32.self)) {
      guard let value = Digest(try reader.take(Digest.byteCount)), last.map({ $0 < value }) ?? true,
        let stream = StreamID(try reader.take(StreamID.byteCount)), names[stream] == nil
      else { throw damaged }
      name(stream, try reader.takeCountedText(), under: value)
      last = value
    }
    try reader.finish()
  }
}
