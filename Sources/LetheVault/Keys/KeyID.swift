internal import LetheSystem

/// What a part of the key space serves; other numbers are reserved and refused.
public enum Plane: UInt16, Sendable, CaseIterable, Comparable {
  /// Keys of natural persons.
  case subjects = 0
  /// The store's own keys, which are never punctured.
  case store = 1
  /// Keys of directory shards, each good for one shard.
  case shards = 2

  public static func < (left: Plane, right: Plane) -> Bool { left.rawValue < right.rawValue }
}

/// Names a data key: plane (16 bits), block (34), subject within the block (10), slot (4), most significant first.
///
/// Public: it stands in headers and facts, and says nothing about whom or what the key serves.
public struct KeyID: RawRepresentable, Hashable, Comparable, Sendable {
  public static let blockLimit: UInt64 = 1 << 34
  public static let subjectLimit = 1024
  public static let slotLimit = 16

  public let rawValue: UInt64

  /// Nil for a plane that is reserved.
  public init?(rawValue: UInt64) {
    guard Plane(rawValue: UInt16(rawValue >> 48)) != nil else { return nil }
    self.rawValue = rawValue
  }

  /// The numbers are within the limits above.
  public init(plane: Plane, block: UInt64, subject: Int, slot: Int) {
    precondition(block < Self.blockLimit, "a block number has 34 bits")
    precondition((0..<Self.subjectLimit).contains(subject), "a block holds 1,024 subjects")
    precondition((0..<Self.slotLimit).contains(slot), "a subject has 16 slots")
    rawValue = UInt64(plane.rawValue) << 48 | block << 14 | UInt64(subject << 4 | slot)
  }

  /// Checked when the value was made.
  public var plane: Plane { Plane(rawValue: UInt16(rawValue >> 48)) ?? .subjects }
  public var block: UInt64 { rawValue >> 14 & (Self.blockLimit - 1) }
  public var subject: Int { Int(rawValue >> 4 & 1023) }
  public var slot: Int { Int(rawValue & 15) }

  /// Place among its block's 16,384 leaves.
  var leaf: Int { Int(rawValue & 0x3fff) }

  public static func < (left: KeyID, right: KeyID) -> Bool { left.rawValue < right.rawValue }
}

extension KeyID: CustomStringConvertible {
  /// `plane-block-subject-slot` in decimal.
  public var description: String { "\(plane.rawValue)-\(block)-\(subject)-\(slot)" }
}

extension KeyID {
  /// HMAC key of the directory's lookup values.
  public static let lookup = KeyID(plane: .store, block: 0, subject: 0, slot: 0)
  /// HMAC key of the fence's values.
  public static let fence = KeyID(plane: .store, block: 0, subject: 0, slot: 1)
  /// Seals retained parts.
  public static let retained = KeyID(plane: .store, block: 0, subject: 0, slot: 2)
  /// Seals facts, and names of streams without an owner.
  public static let facts = KeyID(plane: .store, block: 0, subject: 0, slot: 3)
  /// HMAC key of group seals.
  public static let seals = KeyID(plane: .store, block: 0, subject: 0, slot: 4)
}
