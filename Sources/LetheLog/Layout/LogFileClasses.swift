package import LetheSystem

/// A log's files may belong to anybody and, where they are only read, be links: their content is checked when it is read.
extension FileClass {
  /// Leaves room for one group of the largest size and the zeros behind it.
  package static let segment = FileClass("a segment", atMost: FileLog.groupByteLimit + (128 << 20))
  static let index = FileClass("an index", atMost: 4 << 30)
  static let tile = FileClass("a file of the tree", atMost: 64 << 10)
}
