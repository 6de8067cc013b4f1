/// Checks on the bytes of an Ed25519 public key that need no arithmetic on the curve.
enum Ed25519Point {
  /// Whether the bytes encode a point of small order, or are not the canonical encoding of their point.
  ///
  /// Under a key of small order anybody can make signatures that verify, for some messages or for all, and RFC 8032 does
  /// not tell verifiers to refuse such a key ("Taming the many EdDSAs", Chalkias, Garillot and Nikolaenko 2020). An R of
  /// small order needs no check: under any other key only the key's holder can find the S that goes with it. An encoding
  /// is not canonical if its y is 2^255 - 19 or more (RFC 8032, 5.1.3), or if it sets the sign of an x that is 0; the
  /// points whose x is 0 are of small order.
  static func isWeak(_ bytes: [UInt8]) -> Bool {
    var y = bytes
    y[31] &= 0x7F
    let isReduced = !(y[31] == 0x7F && y[1..<31].allSatisfy { $0 == 0xFF } && y[0] >= 0xED)
    return !isReduced || smallOrder.contains(y)
  }

  /// The y of all points whose order divides 8, little-endian: each stands for the points with either sign of x.
  private static let smallOrder: [[UInt8]] = [
    // Orders 4, 1 and 2: 0, 1 and -1.
    [UInt8](repeating: 0, count: 32),
    [1] + [UInt8](repeating: 0, count: 31),
    [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
    // Order 8.
    [
      0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
      0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
    ],
    [
      0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
      0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
    ],
  ]
}
