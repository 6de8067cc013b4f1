internal import Glibc

/// The permission bits of a file; nil if it is not there.
public func permissions(of path: String) -> UInt32? {
  var status = stat()
  return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
}
