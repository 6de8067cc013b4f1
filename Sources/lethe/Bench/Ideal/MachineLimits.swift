internal import LetheCrypto
internal import LetheSystem

/// What the machine can do at most of one thing alone.
enum MachineLimits {
  private static let patience = Duration.milliseconds(500)
  private static let fileByteCount = 64 << 20

  /// How often a payload of a padded length is sealed in a second, on one core and under one key.
  static func sealsPerSecond(paddedLength: Int) throws(LetheError) -> Double {
    let plaintext = [UInt8](repeating: 0x20, count: paddedLength)
    let key = try SealingKey(Secret(count: 32, random: SystemRandom()))
    let nonce = try SystemRandom().bytes(SealingKey.nonceByteCount)
    // As long as a record's header with one part.
    let header = [UInt8](repeating: 0, count: 64)
    var sealed = [UInt8](repeating: 0, count: plaintext.count + SealingKey.tagByteCount)
    return try ratePerSecond(checkingEvery: 256) { () throws(LetheError) in
      try sealed.withMutableByteSpan { (out: inout MutableRawSpan) throws(LetheError) in
        try plaintext.withByteSpan { (plaintext) throws(LetheError) in
          try nonce.withByteSpan { (nonce) throws(LetheError) in
            try header.withByteSpan { (header) throws(LetheError) in
              try key.seal(plaintext, nonce: nonce, authenticating: header, into: &out)
            }
          }
        }
      }
    }
  }

  /// How often so many bytes are written into a file filled with zeros, each behind those before, and synced
  /// (`fdatasync(2)`) in a second.
  static func syncsPerSecond(byteCount: Int, in folder: String) throws(LetheError) -> Double {
    let path = folder + "/sync"
    let file = try LocalFileSystem().open(path, .createNew)
    let room = max(Self.fileByteCount, byteCount)
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    for offset in stride(from: 0, to: room, by: zeros.count) {
      try zeros.withByteSpan { (zeros) throws(LetheError) in try file.write(zeros, at: offset) }
    }
    try file.synchronize()
    let bytes = [UInt8](repeating: 0x5a, count: byteCount)
    var offset = 0
    let rate = try ratePerSecond(checkingEvery: 1) { () throws(LetheError) in
      try bytes.withByteSpan { (bytes) throws(LetheError) in try file.write(bytes, at: offset) }
      try file.synchronize()
      offset += byteCount
      if offset + byteCount > room { offset = 0 }
    }
    try LocalFileSystem().remove(path)
    return rate
  }

  private static func ratePerSecond(
    checkingEvery step: Int, _ work: () throws(LetheError) -> Void
  ) throws(LetheError) -> Double {
    let start = ContinuousClock.now
    var count = 0
    var elapsed = Duration.zero
    while elapsed < patience {
      for _ in 0..<step { try work() }
      count += step
      elapsed = ContinuousClock.now - start
    }
    return Double(count) / elapsed.inSeconds
  }
}
