internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem

/// What the machine can do at most, without a store.
enum MachineLimits {
  private static let patience = Duration.milliseconds(500)

  /// How often a part of the load's padded length is sealed in a second, on one core and under one key.
  static func sealsPerSecond(of load: AppendLoad) throws(LetheError) -> Double {
    let event = try load.event(load.events, load.subjects)
    let plaintext = [UInt8](repeating: 0x20, count: Padding.padded(count: event.text.count + 13))
    let key = try SealingKey(Secret(count: 32, random: SystemRandom()))
    let nonce = try SystemRandom().bytes(SealingKey.nonceByteCount)
    // As long as a record's header with one part.
    let header = [UInt8](repeating: 0, count: 96)
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

  /// How often so many bytes are written behind those before and synced (`fdatasync(2)`) in a second.
  static func syncsPerSecond(byteCount: Int, in folder: String) throws(LetheError) -> Double {
    let file = try LocalFileSystem().open(folder + "/sync", .createNew)
    let bytes = [UInt8](repeating: 0x5a, count: byteCount)
    var offset = 0
    return try ratePerSecond(checkingEvery: 1) { () throws(LetheError) in
      try bytes.withByteSpan { (bytes) throws(LetheError) in try file.write(bytes, at: offset) }
      try file.synchronize()
      offset += byteCount
    }
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
