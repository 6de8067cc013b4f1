internal import LetheCrypto
internal import LetheSystem

/// `Keys/signing.key`: the 16 bytes `lethe-signing-1\n`, then the 32-byte Ed25519 seed (RFC 8032's private key).
enum SigningKeyFile {
  private static let magic = Array("lethe-signing-1\n".utf8)
  private static let byteCount = 48

  /// Makes a new key; durable at return.
  static func create(_ path: String, _ world: World) throws(LetheError) -> SigningKey {
    let seed = try Secret(count: 32, random: world.random)
    var content = try Secret(count: byteCount)
    seed.withBytes { seed in
      content.withMutableBytes { content in
        for (index, byte) in magic.enumerated() { content.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
        for index in 0..<32 {
          content.storeBytes(of: seed.byte(at: index), toByteOffset: magic.count + index, as: UInt8.self)
        }
      }
    }
    try world.files.remove(path)
    let file = try world.files.open(path, .createNew, as: .signingKey(of: path.parentPath))
    try content.withBytes { (bytes) throws(LetheError) in try file.write(bytes, at: 0) }
    file.tryToCoarsenTime(after: nil)
    try file.synchronize()
    try world.files.synchronizeDirectory(path.parentPath)
    return try SigningKey(seed: seed)
  }

  /// - Throws: `damage` if the file is not one of these.
  static func load(_ path: String, _ world: World) throws(LetheError) -> SigningKey {
    let file = try world.files.open(path, .read, as: .signingKey(of: path.parentPath))
    var content = try Secret(count: byteCount)
    let count = try content.withMutableBytes { (bytes) throws(LetheError) in try file.read(into: &bytes, at: 0) }
    let isWhole = content.withBytes { (bytes) in magic.indices.allSatisfy { bytes.byte(at: $0) == magic[$0] } }
    guard count == byteCount, isWhole, try file.size() == byteCount else {
      throw LetheError(.damage, "Keys/signing.key is no signing key; put the right file back")
    }
    let seed = try content.withBytes { (bytes) throws(LetheError) in
      try Secret(copying: bytes.extracting(magic.count..<byteCount))
    }
    return try SigningKey(seed: seed)
  }
}
