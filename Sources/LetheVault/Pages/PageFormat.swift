internal import LetheCrypto
internal import LetheSystem

/// The bytes of the vault's pages.
///
/// Integers are little-endian; S is the store id. A page is its head, its shape in clear and its sealed content:
///
///     at   size  head
///     0    8     "lethepag"
///     8    1     suite: 1 = HMAC-SHA-256, AES-256-GCM with a nonce of 12 and a tag of 16 bytes, SHA-256
///     9    1     kind: 1 root, 2 block, 3 fence
///     10   2     zero
///     12   16    S
///     28   8     page id
///     36   8     epoch in which this version was made
///     44   4     count: children of a root, living nodes of a block, values of a fence page
///     48   12    nonce, random
///     60   32    page-key commitment (`KeyContext`)
///     92   4     size of the shape in bytes
///     96         shape, as the kind says
///                sealed content and tag: AES-256-GCM under the page's key, AAD = all that stands before it
///
/// Every version of a page has a key of its own: 32 random bytes that stand in the root page; the root page's key comes
/// from the root secret (`KeyContext`). The page id is kind << 56 with, below it: for the root zero, for a block
/// plane << 34 | block, for a fence page prefix length << 48 | prefix.
///
/// **Block.** Shape: per living node its heap number (u16; the tree's root is 1, the children of h are 2h and 2h + 1),
/// in the order of their leaves; no node lies below another. Content: per node its key, 32 bytes.
///
/// **Fence.** Shape: empty. Content: per value in ascending order 32 bytes, the number of its owners (u32), per owner in
/// ascending order 32 bytes. The page with prefix length l holds the values whose first l bits are the prefix (as a
/// number); the prefixes of one root page's fence pages cover all values once. l is at most 48.
///
/// **Root.** Shape:
///
///     per child, ascending by page id: page id (u64), version (16), SHA-256 of its bytes (32), 1 if this epoch wrote it
///       or else 0 (u8)
///     number of directory shards (u32); per shard, ascending: its number (u32), kid (u64), key commitment (32)
///     next unused kid of plane 2 (u64)
///     number of nodes punctured in this epoch (u32); per node, ascending: node (`KeyNode`, 9 bytes), cause (u8:
///       1 case, 2 shard, 3 seal), after cause 1 the case id (16)
///
/// Content: per child its page key, 32 bytes.
enum PageFormat {
  static let magic = Array("lethepag".utf8)
  static let suite: UInt8 = 1
  static let storeIDByteCount = 16
  static let pageKeyByteCount = 32
  static let headByteCount = 96
  /// Far beyond any page; a count above it is damage.
  static let shapeByteLimit = 1 << 28
}

/// A page's head, its shape, and where its sealed content lies; nothing of it is authenticated before it is opened or
/// its hash is known.
struct PageView: Sendable {
  let kind: PageKind
  let storeID: [UInt8]
  let id: PageID
  let epoch: UInt64
  let count: Int
  let nonce: [UInt8]
  let commitment: Digest
  let shape: [UInt8]
  private let bytes: [UInt8]

  /// - Throws: `damage` if the bytes are no page; `format` for a suite or kind of a later version.
  init(_ bytes: [UInt8]) throws(LetheError) {
    var reader = ByteReader(bytes)
    guard try reader.take(8).elementsEqual(PageFormat.magic) else { throw .pageDamage }
    guard try reader.take(UInt8.self) == PageFormat.suite, let kind = PageKind(rawValue: try reader.take(UInt8.self))
    else { throw LetheError(.format, "a vault page is of a format that this version does not know; update Lethe") }
    guard try reader.take(UInt16.self) == 0 else { throw .pageDamage }
    self.kind = kind
    storeID = Array(try reader.take(PageFormat.storeIDByteCount))
    id = PageID(rawValue: try reader.take(UInt64.self))
    epoch = try reader.take(UInt64.self)
    count = Int(try reader.take(UInt32.self))
    nonce = Array(try reader.take(AES256GCM.nonceByteCount))
    guard let commitment = Digest(try reader.take(Digest.byteCount)) else { throw .pageDamage }
    self.commitment = commitment
    let shapeCount = Int(try reader.take(UInt32.self))
    guard shapeCount <= PageFormat.shapeByteLimit else { throw .pageDamage }
    shape = Array(try reader.take(shapeCount))
    guard id.kind == kind, reader.remaining >= AES256GCM.tagByteCount else { throw .pageDamage }
    self.bytes = bytes
  }

  /// Whether the page was sealed under this key.
  func isSealed(under key: borrowing Secret) -> Bool {
    PageKey.commitment(of: key, storeID: storeID) == commitment
  }

  /// The content, or nil if the key is another or the bytes were changed.
  ///
  /// - Throws: `io` if there is no memory.
  func open(_ key: borrowing Secret) throws(LetheError) -> Secret? {
    guard isSealed(under: key) else { return nil }
    let start = PageFormat.headByteCount + shape.count
    var content = try Secret(count: bytes.count - start - AES256GCM.tagByteCount)
    let verdict = try bytes.withByteSpan { (bytes) throws(LetheError) in
      try nonce.withByteSpan { (nonce) throws(LetheError) in
        try content.withMutableBytes { (content) throws(LetheError) in
          try AES256GCM.open(
            bytes.extracting(start..<bytes.byteCount), key: key, nonce: nonce,
            authenticating: bytes.extracting(0..<start), into: &content)
        }
      }
    }
    switch verdict {
    case .authentic: return content
    case .forged: return nil
    }
  }
}

/// What a page is made of before it is sealed.
struct PageDraft {
  let kind: PageKind
  let id: PageID
  let epoch: UInt64
  let count: Int
  let shape: [UInt8]

  /// The page's bytes under a key that seals nothing else.
  ///
  /// - Throws: `io` if there is no randomness or libcrypto fails.
  func seal(
    _ content: borrowing Secret, key: borrowing Secret, storeID: [UInt8], random: some RandomSource
  ) throws(LetheError) -> [UInt8] {
    let nonce = try random.bytes(AES256GCM.nonceByteCount)
    var writer = ByteWriter()
    writer.put(PageFormat.magic)
    writer.put(PageFormat.suite)
    writer.put(kind.rawValue)
    writer.put(UInt16(0))
    writer.put(storeID)
    writer.put(id.rawValue)
    writer.put(epoch)
    writer.put(UInt32(count))
    writer.put(nonce)
    writer.put(PageKey.commitment(of: key, storeID: storeID).bytes)
    writer.putCounted(shape)
    let clear = writer.bytes
    var sealed = [UInt8](repeating: 0, count: content.count + AES256GCM.tagByteCount)
    try clear.withByteSpan { (clear) throws(LetheError) in
      try nonce.withByteSpan { (nonce) throws(LetheError) in
        try content.withBytes { (content) throws(LetheError) in
          try sealed.withMutableByteSpan { (sealed) throws(LetheError) in
            try AES256GCM.seal(content, key: key, nonce: nonce, authenticating: clear, into: &sealed)
          }
        }
      }
    }
    return clear + sealed
  }
}

enum PageKey {
  static func commitment(of key: borrowing Secret, storeID: [UInt8]) -> Digest {
    storeID.withByteSpan { context in
      HMACSHA256.deriveDigest(from: key, label: KeyContext.pageCommitment, context: context)
    }
  }

  /// The key of the root page that belongs to a root secret.
  ///
  /// - Throws: `io` if there is no memory.
  static func ofRootPage(_ root: borrowing Secret, epoch: UInt64, storeID: [UInt8]) throws(LetheError) -> Secret {
    try KeyContext(storeID, number: epoch).bytes.withByteSpan { (context) throws(LetheError) in
      try HMACSHA256.derive(from: root, label: KeyContext.rootPage, context: context)
    }
  }
}

extension LetheError {
  static var pageDamage: LetheError {
    LetheError(
      .damage,
      "a vault page has not the form that its kind requires; put the pages back with `lethe restore` from a replica")
  }
}
