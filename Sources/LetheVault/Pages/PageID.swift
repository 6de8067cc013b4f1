public import LetheCrypto
internal import LetheSystem

/// Names a page of the vault in all its versions: kind (8 bits), then what tells pages of one kind apart (56 bits).
public struct PageID: RawRepresentable, Hashable, Comparable, Sendable {
  /// As `PageFormat` defines it.
  public let rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public static func < (left: PageID, right: PageID) -> Bool { left.rawValue < right.rawValue }

  package static let root = PageID(rawValue: UInt64(PageKind.root.rawValue) << 56)

  static func block(_ plane: Plane, _ block: UInt64) -> PageID {
    PageID(rawValue: UInt64(PageKind.block.rawValue) << 56 | UInt64(plane.rawValue) << 34 | block)
  }

  static func fence(_ prefix: FencePrefix) -> PageID {
    PageID(rawValue: UInt64(PageKind.fence.rawValue) << 56 | UInt64(prefix.length) << 48 | prefix.bits)
  }

  /// Nil for a kind that this version does not know.
  var kind: PageKind? { PageKind(rawValue: UInt8(rawValue >> 56)) }

  /// Plane and number, if it is a block page of a known plane.
  var blockNumber: (plane: Plane, block: UInt64)? {
    guard kind == .block, rawValue >> 50 & 0x3f == 0, let plane = Plane(rawValue: UInt16(rawValue >> 34 & 0xffff))
    else { return nil }
    return (plane, rawValue & (KeyID.blockLimit - 1))
  }

  /// If it is a fence page.
  var fencePrefix: FencePrefix? {
    guard kind == .fence else { return nil }
    return FencePrefix(length: Int(rawValue >> 48 & 0xff), bits: rawValue & 0xffff_ffff_ffff)
  }
}

extension PageID: CustomStringConvertible {
  /// 16 hexadecimal digits.
  public var description: String {
    let digits = String(rawValue, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// What a page holds; further kinds (a level between root and blocks) are left open.
enum PageKind: UInt8, Sendable {
  case root = 1
  case block = 2
  case fence = 3
}

/// Tells one version of a page from all others: 16 random bytes.
public struct PageVersion: Hashable, Comparable, Sendable {
  public static let byteCount = 16

  fileprivate let high: UInt64
  fileprivate let low: UInt64

  /// Nil unless there are exactly 16 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  static func random(from source: some RandomSource) throws(LetheError) -> PageVersion {
    guard let version = PageVersion(try source.bytes(byteCount)) else {
      preconditionFailure("16 bytes were asked for")
    }
    return version
  }

  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: Self.byteCount)
    writer.put(self)
    return writer.bytes
  }

  public static func < (left: PageVersion, right: PageVersion) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// One stored version of a page; never changed once it is written.
public struct PageRow: Sendable, Equatable {
  /// What a store knows it by.
  public struct Key: Hashable, Comparable, Sendable {
    public let page: PageID
    public let version: PageVersion

    public init(page: PageID, version: PageVersion) {
      self.page = page
      self.version = version
    }

    public static func < (left: Key, right: Key) -> Bool {
      (left.page, left.version) < (right.page, right.version)
    }
  }

  public let key: Key
  /// As `PageFormat` defines them; they may leak.
  public let bytes: [UInt8]
  /// SHA-256 of the bytes.
  public let hash: Digest

  public init(key: Key, bytes: [UInt8]) {
    self.key = key
    self.bytes = bytes
    hash = bytes.withByteSpan { SHA256.hash($0) }
  }
}

extension ByteWriter {
  mutating func put(_ version: PageVersion) {
    put(version.high.byteSwapped)
    put(version.low.byteSwapped)
  }
}
