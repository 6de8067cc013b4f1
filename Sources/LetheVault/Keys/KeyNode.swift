public import LetheSystem

/// A node of a block's key tree: all keys whose place in the block begins with its prefix.
///
/// Encoded in 9 bytes: the first key id below it (u64, little-endian), its depth (u8).
public struct KeyNode: Hashable, Comparable, Sendable {
  /// Depth of the leaves, each of which is one data key.
  public static let leafDepth = 14
  /// Depth at which a node holds all slots of one subject.
  public static let subjectDepth = 10
  public static let encodedByteCount = 9

  public let plane: Plane
  public let block: UInt64
  /// 0 (the whole block) to 14 (one data key).
  public let depth: Int
  /// As many bits as the depth.
  public let prefix: Int

  /// The numbers are within the limits that their comments name.
  public init(plane: Plane, block: UInt64, depth: Int, prefix: Int) {
    precondition(block < KeyID.blockLimit && (0...Self.leafDepth).contains(depth), "a block's tree has depth 14")
    precondition((0..<1 << depth).contains(prefix), "a prefix has as many bits as its depth")
    self.plane = plane
    self.block = block
    self.depth = depth
    self.prefix = prefix
  }

  /// The leaf of one data key.
  public init(_ kid: KeyID) {
    self.init(plane: kid.plane, block: kid.block, depth: Self.leafDepth, prefix: kid.leaf)
  }

  /// Takes the 9 bytes apart.
  ///
  /// - Throws: `damage` if they are not 9 bytes that this type wrote.
  public init(encoded bytes: some Collection<UInt8>) throws(LetheError) {
    var reader = ByteReader(Array(bytes))
    self = try reader.takeNode()
    try reader.finish()
  }

  public var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.put(firstKid.rawValue)
    writer.put(UInt8(depth))
    return writer.bytes
  }

  public func contains(_ kid: KeyID) -> Bool {
    kid.plane == plane && kid.block == block && kid.leaf >> (Self.leafDepth - depth) == prefix
  }

  /// Whether all keys below the other node lie below this one.
  public func contains(_ other: KeyNode) -> Bool {
    other.depth >= depth && contains(other.firstKid)
  }

  public var firstKid: KeyID {
    let leaf = prefix << (Self.leafDepth - depth)
    return KeyID(plane: plane, block: block, subject: leaf >> 4, slot: leaf & 15)
  }

  /// The number of keys below it.
  public var keyCount: Int { 1 << (Self.leafDepth - depth) }

  /// By place; of two that begin at one place the larger first.
  public static func < (left: KeyNode, right: KeyNode) -> Bool {
    (left.firstKid.rawValue, left.depth) < (right.firstKid.rawValue, right.depth)
  }
}

extension KeyNode: CustomStringConvertible {
  /// Its first key id, `/` and its depth.
  public var description: String { "\(firstKid)/\(depth)" }
}

extension ByteReader {
  /// - Throws: `damage` for a reserved plane, a depth beyond 14 or bits below the depth.
  package mutating func takeNode() throws(LetheError) -> KeyNode {
    let first = try takeKid()
    let depth = Int(try take(UInt8.self))
    guard depth <= KeyNode.leafDepth, first.leaf & ((1 << (KeyNode.leafDepth - depth)) - 1) == 0 else {
      throw LetheError(.damage, "a key node is not one of a block's tree; put back a copy of its file")
    }
    return KeyNode(
      plane: first.plane, block: first.block, depth: depth, prefix: first.leaf >> (KeyNode.leafDepth - depth))
  }

  /// - Throws: `damage` for a reserved plane.
  package mutating func takeKid() throws(LetheError) -> KeyID {
    guard let kid = KeyID(rawValue: try take(UInt64.self)) else {
      throw LetheError(.damage, "a key id is of a reserved plane; put back a copy of its file, or update Lethe")
    }
    return kid
  }
}
