/// Calls that may transfer less than they were asked to, as `pread(2)` and `pwrite(2)` do, repeated until all is done.
///
/// Every file goes through here, those in memory of tests too: so the loops that the machine's short transfers meet are
/// the ones that tests put short transfers into.
package enum WholeTransfer {
  /// Reads as many bytes as asked, or up to the end of the file.
  ///
  /// - Parameter part: reads behind the bytes that are done, and returns how many it read; 0 at the end of the file alone.
  /// - Returns: the bytes read.
  package static func read(
    _ byteCount: Int, _ part: (_ done: Int) throws(LetheError) -> Int
  ) throws(LetheError) -> Int {
    var done = 0
    while done < byteCount {
      let count = try part(done)
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Writes all bytes; what was written before an error stays.
  ///
  /// - Parameter part: writes the bytes behind those that are done, and returns how many it wrote.
  package static func write(
    _ byteCount: Int, _ path: String, _ part: (_ done: Int) throws(LetheError) -> Int
  ) throws(LetheError) {
    var done = 0
    while done < byteCount {
      let count = try part(done)
      guard count > 0 else {
        // POSIX allows it, and asking again might never end.
        throw LetheError(
          .io, "\(path.lastPathComponent): nothing can be written to it; check the disk", place: path.lastPathComponent)
      }
      done += count
    }
  }
}
