internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// What a look-up value stands for.
enum DirectoryTarget: Equatable, Sendable {
  case subject(SubjectIndex)
  case stream(StreamID)
}

/// The open form of one directory shard: look-up values and what they stand for, ascending by value.
///
/// The plaintext: version u8 = 2; count of subjects u32, per subject value (32 bytes) and subject index (u64); count of
/// streams u32, per stream value (32 bytes) and stream id (16 bytes). Integers are little-endian.
///
/// Slots and names are not in it: the log's own `SlotOpened` and `StreamCreated` say them.
struct ShardContent: Equatable, Sendable {
  struct Subject: Equatable, Sendable {
    let value: Digest
    let index: SubjectIndex
  }

  struct Stream: Equatable, Sendable {
    let value: Digest
    let id: StreamID
  }

  private(set) var subjects: [Subject] = []
  private(set) var streams: [Stream] = []

  static let empty = ShardContent()

  private static let version: UInt8 = 2
  private static let subjectByteCount = Digest.byteCount + 8
  private static let streamByteCount = Digest.byteCount + StreamID.byteCount

  var count: Int { subjects.count + streams.count }

  func target(of value: Digest) -> DirectoryTarget? {
    if let place = subjects.firstPlace(ofKey: value, \.value) { return .subject(subjects[place].index) }
    if let place = streams.firstPlace(ofKey: value, \.value) { return .stream(streams[place].id) }
    return nil
  }

  // MARK: Changing

  /// The content with some values more; a value that is there already stands for the new target.
  func adding(_ added: [Digest: DirectoryTarget]) -> ShardContent {
    guard !added.isEmpty else { return self }
    var next = removing(Set(added.keys))
    for (value, target) in added {
      switch target {
      case .subject(let index): next.subjects.append(Subject(value: value, index: index))
      case .stream(let id): next.streams.append(Stream(value: value, id: id))
      }
    }
    next.subjects.sort { $0.value < $1.value }
    next.streams.sort { $0.value < $1.value }
    return next
  }

  func removing(_ removed: Set<Digest>) -> ShardContent {
    guard !removed.isEmpty else { return self }
    var next = self
    next.subjects.removeAll { removed.contains($0.value) }
    next.streams.removeAll { removed.contains($0.value) }
    return next
  }

  /// The content of two shards that lie side by side, the lower one's first.
  func joined(with upper: ShardContent) -> ShardContent {
    var sum = self
    sum.subjects += upper.subjects
    sum.streams += upper.streams
    return sum
  }

  /// The content below a shard number and that from it on.
  func divided(at number: UInt32) -> (lower: ShardContent, upper: ShardContent) {
    let first = Digest(firstOfShard: number)
    var (lower, upper) = (ShardContent(), ShardContent())
    lower.subjects = subjects.filter { $0.value < first }
    upper.subjects = subjects.filter { $0.value >= first }
    lower.streams = streams.filter { $0.value < first }
    upper.streams = streams.filter { $0.value >= first }
    return (lower, upper)
  }

  // MARK: Coding

  func encoded() -> [UInt8] {
    var writer = ByteWriter(
      capacity: 9 + subjects.count * Self.subjectByteCount + streams.count * Self.streamByteCount)
    writer.put(Self.version)
    writer.put(UInt32(subjects.count))
    for subject in subjects {
      writer.put(subject.value)
      writer.put(subject.index.rawValue)
    }
    writer.put(UInt32(streams.count))
    for stream in streams {
      writer.put(stream.value)
      stream.id.put(to: &writer)
    }
    return writer.bytes
  }

  private init() {}

  /// - Throws: `damage` if the bytes are not what this version writes.
  init(decoding bytes: [UInt8]) throws(LetheError) {
    let damaged = LetheError(.damage, "a directory shard has not the form it should; it is rebuilt from the log")
    var reader = ByteReader(bytes)
    guard try reader.take(UInt8.self) == Self.version else { throw damaged }
    subjects = try reader.takeList(ofSize: Self.subjectByteCount) { (reader) throws(LetheError) in
      guard let value = Digest(try reader.take(Digest.byteCount)),
        let index = SubjectIndex(rawValue: try reader.take(UInt64.self))
      else { throw damaged }
      return Subject(value: value, index: index)
    }
    streams = try reader.takeList(ofSize: Self.streamByteCount) { (reader) throws(LetheError) in
      guard let value = Digest(try reader.take(Digest.byteCount)),
        let id = StreamID(try reader.take(StreamID.byteCount))
      else { throw damaged }
      return Stream(value: value, id: id)
    }
    try reader.finish()
    guard zip(subjects, subjects.dropFirst()).allSatisfy({ $0.value < $1.value }),
      zip(streams, streams.dropFirst()).allSatisfy({ $0.value < $1.value })
    else { throw damaged }
  }
}

extension Digest {
  /// The first four bytes as a number: the value belongs to the last shard whose number is not above it.
  var shardKey: UInt32 { leadingWord }

  /// The lowest value of a shard.
  fileprivate init(firstOfShard number: UInt32) {
    let first = (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    self = Digest(first + [UInt8](repeating: 0, count: Self.byteCount - 4)) ?? .zero
  }
}
