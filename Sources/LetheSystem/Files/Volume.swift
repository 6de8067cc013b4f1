internal import CLinux
internal import Glibc

/// What lies beneath a file: as much as the kernel tells, without rights beyond the owner's.
package struct VolumeFacts: Sendable, Equatable {
  /// The kind of device, as far as it is known for sure.
  package enum Medium: Sendable, Equatable {
    /// A spinning disk that takes writes at any place.
    case rotational
    /// Persistent memory without a translation table.
    case persistentMemory
    /// Remaps what it is told to overwrite.
    case solidState
    /// Made by software or a hypervisor: what it does with an overwritten block cannot be known from inside.
    case virtual
    case unknown
  }

  /// Where overwritten data may be copied to before it reaches its place.
  package enum DataJournal: Sendable, Equatable {
    case none
    case journaled
    case unknown
  }

  /// A run of the file's bytes on its device, in bytes.
  package struct Extent: Sendable, Equatable {
    package let logical: UInt64
    package let physical: UInt64
    package let count: UInt64
    package let isShared: Bool
    /// Neither compressed, inline, unwritten nor of unknown place.
    package let isPlain: Bool

    package init(logical: UInt64, physical: UInt64, count: UInt64, isShared: Bool, isPlain: Bool) {
      self.logical = logical
      self.physical = physical
      self.count = count
      self.isShared = isShared
      self.isPlain = isPlain
    }
  }

  /// `ext4`, `xfs`, …, or the number that `statfs(2)` gave, in hexadecimal.
  package let fileSystem: String
  package let medium: Medium
  package let dataJournal: DataJournal
  /// Nil if the file system does not tell.
  package let extents: [Extent]?

  package init(fileSystem: String, medium: Medium, dataJournal: DataJournal, extents: [Extent]?) {
    self.fileSystem = fileSystem
    self.medium = medium
    self.dataJournal = dataJournal
    self.extents = extents
  }
}

extension VolumeFacts {
  /// Asks about an existing file (`fstatfs(2)`, `FS_IOC_FIEMAP`, `FS_IOC_GETFLAGS`, `/proc`, `/sys`); what cannot be
  /// asked is unknown.
  ///
  /// - Throws: `io` if the file does not open.
  package init(of path: String) throws(LetheError) {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw .system("open", path) }
    defer { close(file) }
    var status = stat()
    var magic: UInt = 0
    guard fstat(file, &status) == 0, lethe_filesystem_type(file, &magic) == 0 else { throw .system("fstat", path) }
    let device = "\(lethe_device_major(UInt(status.st_dev))):\(lethe_device_minor(UInt(status.st_dev)))"
    let folder = resolved("/sys/dev/block/\(device)")
    let name = fileSystemName(magic, mounted: mountedType(device))
    self.init(
      fileSystem: name, medium: folder.map(judgeMedium) ?? .unknown,
      dataJournal: judgeJournal(name, device: folder?.lastPathComponent, file), extents: Self.extents(file))
  }

  private static func extents(_ file: Int32) -> [Extent]? {
    var found = [lethe_extent](repeating: lethe_extent(), count: 16)
    let count = lethe_extents(file, &found, 16)
    guard count > 0 else { return nil }
    let flawed = UInt32(
      FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_ENCODED | FIEMAP_EXTENT_NOT_ALIGNED
        | FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_DATA_TAIL | FIEMAP_EXTENT_UNWRITTEN)
    return found.prefix(Int(count)).map {
      Extent(
        logical: $0.logical, physical: $0.physical, count: $0.length,
        isShared: $0.flags & UInt32(FIEMAP_EXTENT_SHARED) != 0, isPlain: $0.flags & flawed == 0)
    }
  }
}

/// ext2, ext3 and ext4 share a number, so the mount table decides among them.
private func fileSystemName(_ magic: UInt, mounted: String?) -> String {
  switch magic {
  case 0xef53: mounted ?? "ext"
  case 0x5846_5342: "xfs"
  case 0x9123_683e: "btrfs"
  case 0x0102_1994: "tmpfs"
  case 0x794c_7630: "overlay"
  case 0x2fc1_2fc1: "zfs"
  case 0x6969: "nfs"
  default: "0x" + String(magic, radix: 16)
  }
}

/// The type in the first line of `/proc/self/mountinfo` for a device.
private func mountedType(_ device: String) -> String? {
  // By bytes: a machine may have thousands of lines, and a forget asks twice.
  let (newline, space, dash) = (UInt8(ascii: "\n"), UInt8(ascii: " "), "-".utf8)
  for line in text("/proc/self/mountinfo")?.utf8.split(separator: newline) ?? [] {
    let fields = line.split(separator: space)
    guard fields.count > 6, fields[2].elementsEqual(device.utf8),
      let end = fields.firstIndex(where: { $0.elementsEqual(dash) }), end + 1 < fields.count
    else { continue }
    return String(fields[end + 1])
  }
  return nil
}

private func judgeJournal(_ fileSystem: String, device: String?, _ file: Int32) -> VolumeFacts.DataJournal {
  switch fileSystem {
  case "xfs": return .none
  case "ext4":
    var flags: Int32 = 0
    guard let device, let options = text("/proc/fs/ext4/\(device)/options"), lethe_file_flags(file, &flags) == 0
    else { return .unknown }
    // A file system without a journal has no line "data=…"; 0x4000 is FS_JOURNAL_DATA_FL.
    let copiesAll = options.split(separator: "\n").contains("data=journal")
    return copiesAll || flags & 0x4000 != 0 ? .journaled : .none
  default: return .unknown
  }
}

/// Judges a device by its folder in `/sys`.
private func judgeMedium(_ folder: String) -> VolumeFacts.Medium {
  let isPartition = access("\(folder)/partition", F_OK) == 0
  let disk = isPartition ? folder.parentPath : folder
  let name = disk.lastPathComponent
  let madeBySoftware = ["/virtual/", "/virtio", "/vmbus", "/xen", "/vbd-"]
  if madeBySoftware.contains(where: { disk.contains($0) }) { return .virtual }
  // Without the word "flags" (not an x86) it is not known whether a hypervisor is there.
  guard let processors = text("/proc/cpuinfo"), processors.contains("flags") else { return .unknown }
  if processors.contains(" hypervisor") { return .virtual }
  // A name that ends in "s" is a block translation table, which writes elsewhere.
  if name.hasPrefix("pmem") { return name.hasSuffix("s") ? .solidState : .persistentMemory }
  switch (text("\(disk)/queue/rotational")?.first, text("\(disk)/queue/zoned")?.hasPrefix("none") ?? true) {
  case ("1", true): return .rotational
  case ("0", _): return .solidState
  case (_, _): return .unknown
  }
}

private func resolved(_ path: String) -> String? {
  guard let found = realpath(path, nil) else { return nil }
  defer { free(found) }
  return String(cString: found)
}

/// The beginning of a file of `/proc` or `/sys`, whose size cannot be asked.
private func text(_ path: String) -> String? {
  do {
    let bytes = try LocalFileSystem().open(path, .read).read(count: 1 << 16, at: 0)
    return String(decoding: bytes, as: UTF8.self)
  } catch {
    return nil
  }
}
