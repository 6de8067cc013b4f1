/// The lengths that sealed parts may have, so that a length tells little about its content.
public enum Padding {
  /// The shortest padded length, in bytes.
  public static let floor = 256

  /// The length to which a plaintext of `count` bytes is filled up: at least 256, otherwise by Padmé, which keeps as many
  /// leading bits of the length as its exponent has digits and rounds up; at most 12 % are added.
  ///
  /// Source: Nikitin et al., Reducing Metadata Leakage from Encrypted Files and Communication with PURBs, PoPETs 2019(4).
  public static func padded(count: Int) -> Int {
    precondition(count >= 0 && count <= Int(Int32.max), "a length is none")
    guard count > floor else { return floor }
    let exponent = Int.bitWidth - 1 - count.leadingZeroBitCount
    let digits = Int.bitWidth - exponent.leadingZeroBitCount
    let mask = (1 << (exponent - digits)) - 1
    return (count + mask) & ~mask
  }
}
