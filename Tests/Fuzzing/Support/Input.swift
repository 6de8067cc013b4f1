#if Fuzzing
  internal import LetheSystem

  /// Takes an input apart into numbers and bytes; where it ends, zeros follow.
  struct Input {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number {
      (0..<Number.bitWidth / 8).reduce(0) { $0 | Number(truncatingIfNeeded: byte()) << Number(8 * $1) }
    }

    /// As many bytes, or what is left.
    mutating func bytes(_ count: Int) -> [UInt8] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }

  extension ByteWriter {
    /// Bytes of a writer, for seeds.
    static func bytes(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
      var writer = ByteWriter()
      write(&writer)
      return writer.bytes
    }
  }
#endif
