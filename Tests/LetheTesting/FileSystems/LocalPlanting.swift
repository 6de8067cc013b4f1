internal import Glibc
public import LetheSystem

/// Lays what does not belong there among the machine's own files.
public enum LocalPlanting {
  public static func plant(_ planted: Planted, at path: String) throws(LetheError) {
    let answer: Int32
    switch planted {
    case .pipe: answer = mkfifo(path, 0o600)
    case .socket: answer = try socket(at: path)
    case .device: answer = symlink("/dev/zero", path)
    case .link(let target): answer = symlink(target, path)
    case .name(let other): answer = link(other, path)
    case .permissions(let bits): answer = chmod(path, bits)
    case .owner(let owner): answer = lchown(path, owner, owner)
    case .sparse(let byteCount):
      let file = open(path, O_RDWR | O_CREAT, 0o600)
      guard file >= 0 else { throw .system("open", path) }
      defer { close(file) }
      answer = ftruncate(file, byteCount)
    }
    guard answer == 0 else { throw .system("plant", path) }
  }

  private static func socket(at path: String) throws(LetheError) -> Int32 {
    let handle = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard handle >= 0 else { throw .system("socket", path) }
    defer { close(handle) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw LetheError(.io, "the path is too long for a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
