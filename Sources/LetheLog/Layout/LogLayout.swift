internal import LetheCrypto
internal import LetheSystem

/// Where everything of a log lies in its directory. All names and paths are made here and nowhere else.
///
/// | path | what it is | if it is lost |
/// |---|---|---|
/// | `P.segment` | records from position P on (20 decimal digits), in frames: `Frame` | the records are lost |
/// | `P.index` | where what is in that segment, once another follows: `SegmentIndex` | made again from the segment |
/// | `spare.segment` | zeros for the next segment | made again |
/// | `tile/L/N`, `tile/L/N.p/W` | hashes of the tree: tile N of level L, full or of W hashes | made again from the segments |
/// | `tile/entries/N`, `tile/entries/N.p/W` | the leaf entries of 256 records, or of W | made again from the segments |
/// | `checkpoint` | the newest signed tree head that was published | signed again |
/// | `certificates/` | statements of completed forgets | |
/// | `foreign/` | bytes that lay at the log's end and were not the store's | nothing that counts |
///
/// Segments follow one another without a gap. Each begins with 64 bytes (`LogFileHeader`), then come frames (`Frame`), then
/// zeros to the file's end. The format does not limit their length; whoever writes begins the next where a group would make
/// one longer than 64 MiB, and sooner where one that was not filled with zeros beforehand would grow beyond some MiB. The
/// last one is open. The others are sealed, at the next start if not before: made read-only, with an index, whose pages all
/// bear checksums.
///
/// `tile/` and `checkpoint` are as C2SP tlog-tiles (https://c2sp.org/tlog-tiles) has them: a server of static files over
/// the directory is a log that tools by others verify. Numbers of tiles are written in groups of three digits, all but the
/// last with an `x` before: 1234067 is `x001/x234/067`. A tile of level L has 256 hashes, each of a subtree of 256^L
/// leaves; an entry bundle has 256 entries, each behind its length of 16 bits, big-endian. A full file never changes;
/// of those that are not full there are the ones that published checkpoints need, until the full one is there.
public enum LogLayout {
  /// Hashes in a full tile, entries in a full bundle.
  public static let tileWidth: UInt64 = 256
  /// Files of one kind that a folder of tiles has at most, beside folders.
  static let folderWidth: UInt64 = 1000

  public static let checkpoint = "checkpoint"
  static let spare = "spare.segment"
  /// What the spare is called until all of it is durable.
  static let spareInMaking = "spare.new"
  static let tiles = "tile"
  /// The folder of what was found at the log's end and is not the store's.
  package static let foreign = "foreign"

  /// A segment by the position of its first record.
  public static func segment(_ first: UInt64) -> String { digits(first) + segmentSuffix }

  /// A segment's index.
  public static func index(_ first: UInt64) -> String { digits(first) + indexSuffix }

  /// The segment that an index is of, by the index's name; nil for any other name.
  package static func segment(ofIndex name: String) -> String? {
    guard name.hasSuffix(indexSuffix), let position = UInt64(name.dropLast(indexSuffix.utf8.count)),
      index(position) == name
    else { return nil }
    return segment(position)
  }

  /// Whether a name is a segment's.
  package static func isSegment(_ name: String) -> Bool { firstPosition(ofSegment: name) != nil }

  /// Whether a name is a segment's or an index's.
  package static func isSegmentOrIndex(_ name: String) -> Bool {
    firstPosition(ofSegment: name) != nil || segment(ofIndex: name) != nil
  }

  /// A file of what is not the store's: where it lay, by the next record's position, and what it is.
  static func foreignFile(_ position: UInt64, _ hash: Digest) -> String {
    digits(position) + "-" + hash.bytes.prefix(8).hex + ".frames"
  }

  /// A segment while what is not the store's is taken out of it.
  static func rewritten(_ first: UInt64) -> String { segment(first) + ".new" }

  private static let segmentSuffix = ".segment"
  private static let indexSuffix = ".index"

  private static func digits(_ position: UInt64) -> String {
    let text = String(position)
    return String(repeating: "0", count: 20 - text.utf8.count) + text
  }

  /// The position of a segment's first record by the segment's name; nil for any other name.
  static func firstPosition(ofSegment name: String) -> UInt64? {
    guard name.hasSuffix(segmentSuffix), let position = UInt64(name.dropLast(segmentSuffix.utf8.count)),
      segment(position) == name
    else { return nil }
    return position
  }

  /// A tile of hashes.
  ///
  /// - Parameters:
  ///   - level: 0 for leaf hashes.
  ///   - width: 1 to 256.
  public static func tile(level: Int, _ number: UInt64, width: UInt64 = tileWidth) -> String {
    "\(tiles)/\(level)/\(path(number, width))"
  }

  /// A bundle of entries.
  ///
  /// - Parameter width: 1 to 256.
  public static func entries(_ number: UInt64, width: UInt64 = tileWidth) -> String {
    "\(tiles)/entries/\(path(number, width))"
  }

  private static func path(_ number: UInt64, _ width: UInt64) -> String {
    var path = threeDigits(number % folderWidth)
    var rest = number / folderWidth
    while rest > 0 {
      path = "x\(threeDigits(rest % folderWidth))/\(path)"
      rest /= folderWidth
    }
    return width == tileWidth ? path : "\(path).p/\(width)"
  }

  private static func threeDigits(_ number: UInt64) -> String {
    let text = String(number)
    return String(repeating: "0", count: 3 - text.utf8.count) + text
  }
}
