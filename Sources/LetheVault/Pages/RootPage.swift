package import LetheCrypto
internal import LetheSystem

/// Why a key was destroyed.
package enum PunctureCause: Hashable, Sendable {
  /// A forget case.
  case forgetCase(CaseID)
  /// A directory shard took its next key or is no more.
  case shard
  /// Unused keys were dropped after a suspected compromise.
  case seal
}

/// A node whose keys an epoch destroyed, and why.
package struct Puncture: Hashable, Comparable, Sendable {
  package let node: KeyNode
  package let cause: PunctureCause

  package init(_ node: KeyNode, cause: PunctureCause) {
    self.node = node
    self.cause = cause
  }

  /// Nil if no case is the cause.
  package var caseID: CaseID? {
    switch cause {
    case .forgetCase(let id): id
    case .shard, .seal: nil
    }
  }

  package static func < (left: Puncture, right: Puncture) -> Bool { left.node < right.node }
}

/// The current key of a directory shard.
package struct ShardEntry: Hashable, Sendable {
  package let number: UInt32
  package let kid: KeyID
  package let commitment: Digest
}

/// One page below the root page.
struct PageReference: Hashable, Sendable {
  let key: PageRow.Key
  let hash: Digest
  let writtenBy: Writer

  /// Which epoch wrote the version.
  enum Writer: UInt8, Sendable {
    case earlier = 0
    case thisEpoch = 1
  }
}

/// What a root page says in clear; its format stands at `PageFormat`.
struct RootPage: Equatable, Sendable {
  let epoch: UInt64
  /// Ascending by page id.
  let children: [PageReference]
  /// Ascending by number.
  let shards: [ShardEntry]
  let nextShardKid: KeyID
  /// Ascending by node.
  let punctures: [Puncture]

  /// Before the first epoch.
  static let none = RootPage(
    epoch: 0, children: [], shards: [], nextShardKid: KeyID(plane: .shards, block: 0, subject: 0, slot: 0),
    punctures: [])

  func position(of page: PageID) -> Int? { children.firstPlace(ofKey: page) { $0.key.page } }

  func shard(_ number: UInt32) -> ShardEntry? { shards.firstPlace(ofKey: number) { $0.number }.map { shards[$0] } }

  /// The numbers of a plane's blocks, ascending.
  func blocks(of plane: Plane) -> [UInt64] {
    children.compactMap { child in
      guard let (at, block) = child.key.page.blockNumber, at == plane else { return nil }
      return block
    }
  }

  /// - Throws: `io` if there is no randomness or libcrypto fails.
  func seal(
    _ pageKeys: borrowing Secret, key: borrowing Secret, storeID: [UInt8], random: some RandomSource
  ) throws(LetheError) -> [UInt8] {
    var shape = ByteWriter(capacity: children.count * 57 + shards.count * 44 + punctures.count * 26 + 16)
    for child in children {
      shape.put(child.key.page.rawValue)
      shape.put(child.key.version)
      shape.put(child.hash)
      shape.put(child.writtenBy.rawValue)
    }
    shape.put(UInt32(shards.count))
    for shard in shards {
      shape.put(shard.number)
      shape.put(shard.kid.rawValue)
      shape.put(shard.commitment)
    }
    shape.put(nextShardKid.rawValue)
    shape.put(UInt32(punctures.count))
    for puncture in punctures {
      shape.put(puncture.node.encoded)
      switch puncture.cause {
      case .forgetCase(let id):
        shape.put(UInt8(1))
        shape.put(id.bytes)
      case .shard: shape.put(UInt8(2))
      case .seal: shape.put(UInt8(3))
      }
    }
    let draft = PageDraft(kind: .root, id: .root, epoch: epoch, count: children.count, shape: shape.bytes)
    return try draft.seal(pageKeys, key: key, storeID: storeID, random: random)
  }

  /// Reads the clear part.
  ///
  /// - Throws: `damage`.
  init(_ page: PageView) throws(LetheError) {
    guard page.kind == .root, page.id == .root else { throw .pageDamage }
    var reader = ByteReader(page.shape)
    var children: [PageReference] = []
    for _ in 0..<page.count {
      let id = PageID(rawValue: try reader.take(UInt64.self))
      guard let version = PageVersion(try reader.take(PageVersion.byteCount)) else { throw .pageDamage }
      let hash = try reader.takeDigest()
      guard let writer = PageReference.Writer(rawValue: try reader.take(UInt8.self)),
        children.last.map({ $0.key.page < id }) ?? true
      else { throw .pageDamage }
      children.append(PageReference(key: PageRow.Key(page: id, version: version), hash: hash, writtenBy: writer))
    }
    let shards = try reader.takeList(ofSize: 44) { (reader) throws(LetheError) in
      ShardEntry(
        number: try reader.take(UInt32.self), kid: try reader.takeKid(), commitment: try reader.takeDigest())
    }
    let next = try reader.takeKid()
    let punctures = try reader.takeList(ofSize: 10) { (reader) throws(LetheError) in
      Puncture(try reader.takeNode(), cause: try reader.takeCause())
    }
    try reader.finish()
    guard next.plane == .shards, shards.allSatisfy({ $0.kid.plane == .shards }),
      zip(shards, shards.dropFirst()).allSatisfy({ $0.number < $1.number }),
      zip(punctures, punctures.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw .pageDamage }
    self.init(
      epoch: page.epoch, children: children, shards: shards, nextShardKid: next, punctures: punctures)
  }

  init(
    epoch: UInt64, children: [PageReference], shards: [ShardEntry], nextShardKid: KeyID, punctures: [Puncture]
  ) {
    self.epoch = epoch
    self.children = children
    self.shards = shards
    self.nextShardKid = nextShardKid
    self.punctures = punctures
  }
}

extension ByteReader {
  fileprivate mutating func takeCause() throws(LetheError) -> PunctureCause {
    switch try take(UInt8.self) {
    case 1:
      guard let id = CaseID(try take(CaseID.byteCount)) else { throw .pageDamage }
      return .forgetCase(id)
    case 2: return .shard
    case 3: return .seal
    default: throw .pageDamage
    }
  }
}
