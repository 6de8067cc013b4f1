#if Fuzzing
  internal import LetheSystem

  /// A file that holds one input and is only read.
  final class BytesFile: File {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isDirect: Bool { false }

    func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int {
      let part = bytes.dropFirst(offset).prefix(buffer.byteCount)
      for (place, byte) in part.enumerated() { buffer.storeBytes(of: byte, toByteOffset: place, as: UInt8.self) }
      return part.count
    }

    func size() throws(LetheError) -> Int { bytes.count }

    func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) { throw Self.readOnly }
    func truncate(to size: Int) throws(LetheError) { throw Self.readOnly }
    func synchronize() throws(LetheError) { throw Self.readOnly }
    func dropCache() {}

    func facts() throws(LetheError) -> FileFacts {
      FileFacts(
        identity: FileFacts.Identity(device: 0, number: 0), kind: .file, byteCount: bytes.count,
        allocatedByteCount: bytes.count, permissions: 0o400, owner: 0, group: 0, nameCount: 1,
        modified: FileTime(seconds: 0))
    }

    func coarsenTime(after previous: FileTime?) throws(LetheError) -> FileTime { throw Self.readOnly }
    func lock(waiting patience: Duration) throws(LetheError) { throw Self.readOnly }
    func unlock() {}

    private static var readOnly: LetheError { LetheError(.io, "an input is only read; write elsewhere") }
  }
#endif
