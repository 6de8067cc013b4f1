package import LetheCrypto
internal import LetheSystem

/// What the fence knows of one forgotten id, alias or stream name.
package struct FenceEntry: Sendable, Hashable, Comparable {
  /// HMAC of the id, alias or name.
  package let value: Digest
  /// For a name: HMAC(name ‖ id) per id or alias of its owner, ascending; for an id or alias: none.
  package let owners: [Digest]

  package init(value: Digest, owners: [Digest]) {
    self.value = value
    self.owners = owners.count < 2 ? owners : Set(owners).sorted()
  }

  package static func < (left: FenceEntry, right: FenceEntry) -> Bool { left.value < right.value }
}

/// The first bits of the values that a fence page holds.
struct FencePrefix: Hashable, Comparable, Sendable {
  static let all = FencePrefix(unchecked: 0, 0)
  static let lengthLimit = 48

  let length: Int
  /// As many bits as the length, as a number.
  let bits: UInt64

  private init(unchecked length: Int, _ bits: UInt64) {
    self.length = length
    self.bits = bits
  }

  /// Nil beyond 48 bits, or if there are more bits than the length.
  init?(length: Int, bits: UInt64) {
    guard (0...Self.lengthLimit).contains(length), bits >> UInt64(length) == 0 else { return nil }
    self.init(unchecked: length, bits)
  }

  func contains(_ value: Digest) -> Bool {
    length == 0 || value.leadingWords >> UInt64(64 - length) == bits
  }

  /// Both halves; nil at the limit.
  var halves: [FencePrefix]? {
    guard length < Self.lengthLimit else { return nil }
    return [FencePrefix(unchecked: length + 1, bits << 1), FencePrefix(unchecked: length + 1, bits << 1 | 1)]
  }

  static func < (left: FencePrefix, right: FencePrefix) -> Bool {
    (left.length, left.bits) < (right.length, right.bits)
  }
}

/// The values of one fence page, ascending; its format stands at `PageFormat`.
struct FencePage: Sendable, Equatable {
  /// A page with more values is cut in two.
  static let entryLimit = 2048

  let prefix: FencePrefix
  let entries: [FenceEntry]

  func entry(_ value: Digest) -> FenceEntry? { entries.firstPlace(ofKey: value) { $0.value }.map { entries[$0] } }

  /// The page, or the pages it is cut into, once the entries are among its own; equal values keep all owners.
  func adding(_ more: [FenceEntry]) -> [FencePage] {
    var entries = entries
    for entry in more {
      let place = entries.firstPlace { $0 < entry }
      if place < entries.count, entries[place].value == entry.value {
        entries[place] = FenceEntry(value: entry.value, owners: entries[place].owners + entry.owners)
      } else {
        entries.insert(entry, at: place)
      }
    }
    return FencePage(prefix: prefix, entries: entries).cut()
  }

  private func cut() -> [FencePage] {
    guard entries.count > Self.entryLimit, let halves = prefix.halves else { return [self] }
    return halves.flatMap { half in
      FencePage(prefix: half, entries: entries.filter { half.contains($0.value) }).cut()
    }
  }

  /// - Throws: `io` if there is no randomness or libcrypto fails.
  func seal(
    epoch: UInt64, key: borrowing Secret, storeID: [UInt8], random: some RandomSource
  ) throws(LetheError) -> [UInt8] {
    var content = ByteWriter()
    for entry in entries {
      content.put(entry.value)
      content.put(UInt32(entry.owners.count))
      for owner in entry.owners { content.put(owner) }
    }
    let draft = PageDraft(kind: .fence, id: .fence(prefix), epoch: epoch, count: entries.count, shape: [])
    let secret = try content.bytes.withByteSpan { (bytes) throws(LetheError) in try Secret(copying: bytes) }
    return try draft.seal(secret, key: key, storeID: storeID, random: random)
  }

  /// - Throws: `damage` if the page does not open; `io`.
  static func open(_ page: PageView, key: borrowing Secret) throws(LetheError) -> FencePage {
    guard page.kind == .fence, page.shape.isEmpty, let prefix = page.id.fencePrefix, let content = try page.open(key)
    else { throw .pageDamage }
    var reader = ByteReader(content.withBytes { [UInt8](copying: $0) })
    var entries: [FenceEntry] = []
    for _ in 0..<page.count {
      let value = try reader.takeDigest()
      let owners = try reader.takeList(ofSize: Digest.byteCount) { (reader) throws(LetheError) in
        try reader.takeDigest()
      }
      guard prefix.contains(value), entries.last.map({ $0.value < value }) ?? true,
        zip(owners, owners.dropFirst()).allSatisfy({ $0 < $1 })
      else { throw .pageDamage }
      entries.append(FenceEntry(value: value, owners: owners))
    }
    try reader.finish()
    return FencePage(prefix: prefix, entries: entries)
  }
}

extension ByteReader {
  mutating func takeDigest() throws(LetheError) -> Digest {
    guard let digest = Digest(try take(Digest.byteCount)) else { throw .pageDamage }
    return digest
  }
}
