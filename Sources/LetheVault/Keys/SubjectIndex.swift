/// Number of a subject in plane 0: block (34 bits), subject within the block (10); given sequentially and never twice.
public struct SubjectIndex: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt64

  /// Nil beyond 44 bits.
  public init?(rawValue: UInt64) {
    guard rawValue < KeyID.blockLimit << 10 else { return nil }
    self.rawValue = rawValue
  }

  /// The numbers are within the limits of `KeyID`.
  public init(block: UInt64, subject: Int) {
    precondition(block < KeyID.blockLimit && (0..<KeyID.subjectLimit).contains(subject), "44 bits are there")
    rawValue = block << 10 | UInt64(subject)
  }

  /// The subject that a key of plane 0 serves; nil for other planes.
  public init?(_ kid: KeyID) {
    guard kid.plane == .subjects else { return nil }
    self.init(block: kid.block, subject: kid.subject)
  }

  public var block: UInt64 { rawValue >> 10 }
  public var subject: Int { Int(rawValue & 1023) }

  public func kid(slot: Int) -> KeyID {
    KeyID(plane: .subjects, block: block, subject: subject, slot: slot)
  }

  /// The depth-10 node: all slots of the subject.
  public var node: KeyNode { KeyNode(plane: .subjects, block: block, depth: 10, prefix: subject) }

  public static func < (left: SubjectIndex, right: SubjectIndex) -> Bool { left.rawValue < right.rawValue }
}

extension SubjectIndex: CustomStringConvertible {
  /// `block-subject` in decimal.
  public var description: String { "\(block)-\(subject)" }
}
