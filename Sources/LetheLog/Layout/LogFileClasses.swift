package import LetheSystem

/// What must be true of a log's files: they may be links and anybody's, since what is in them is checked when it is read.
extension FileClass {
  /// A segment of one group of the largest size, with zeros behind it.
  package static let segment = FileClass("a segment", atMost: FileLog.groupByteLimit + (128 << 20))
  static let index = FileClass("an index", atMost: 4 << 30)
  static let tile = FileClass("a file of the tree", atMost: 64 << 10)
}
