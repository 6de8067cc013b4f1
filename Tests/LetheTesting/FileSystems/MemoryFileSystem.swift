internal import Glibc
public import LetheSystem
internal import Synchronization

/// Files in memory that keep apart what is durable from what is not, so that a test can crash at any call.
///
/// Content is durable after `synchronize`, names after `synchronizeDirectory`, directories and writes to files opened
/// `.direct` at once. Every open file stays usable after a rename or removal, as on POSIX.
public final class MemoryFileSystem: FileSystem {
  /// What of the unsynced changes a crash leaves.
  public enum Survival: Sendable, Equatable, CustomStringConvertible {
    /// Nothing: synced content under synced names.
    case synced
    /// Everything, and all of it is durable now.
    case all
    /// Everything, and no more of it is durable than before: the process alone was killed, and a later crash may still take
    /// what it had not synced.
    case cached
    /// Chance decides for each sector of each unsynced write, and how many of the unsynced changes of names there are.
    case some(seed: UInt64)
    /// The same on a disk that may break off within a sector, so that any part of it is new and the rest old.
    case torn(seed: UInt64)

    var seed: UInt64? {
      switch self {
      case .synced, .all, .cached: nil
      case .some(let seed), .torn(let seed): seed
      }
    }

    public var description: String {
      switch self {
      case .synced: "what was synced survives"
      case .all: "all survives"
      case .cached: "all survives in memory"
      case .some(let seed): "some survives (seed \(seed))"
      case .torn(let seed): "some survives, torn anywhere (seed \(seed))"
      }
    }
  }

  public let faults = Faults()
  let disk: Monitor<MemoryDisk>
  private let locks = Monitor<Set<String>>([])
  private let syncs = Mutex(Syncs())
  private let userID = Mutex<UInt32>(0)

  /// Files whose sync failed in this process, and those of them that were written or synced again.
  private struct Syncs {
    var failed: Set<String> = []
    var retried: Set<String> = []
  }

  /// An empty file system with the directories `/` and `.`.
  public convenience init() { self.init(MemoryDisk()) }

  private init(_ disk: MemoryDisk) { self.disk = Monitor(disk) }

  /// The file system that the next process finds; this one and its open files go on unchanged.
  public func crash(_ survival: Survival = .synced) -> MemoryFileSystem {
    MemoryFileSystem(disk.withLock { $0.survivor(survival) })
  }

  /// The content as the process sees it, without a call counted; nil if there is no such file.
  public func content(of path: String) -> [UInt8]? {
    disk.withLock { disk in disk.names[Self.normal(path)].map { disk.nodes[$0].content } }
  }

  /// Changes the disk from outside of the process: no call is counted, and none fails by injection.
  public func withoutFaults(_ body: (MemoryFileSystem) throws -> Void) rethrows {
    try faults.suspended { try body(self) }
  }

  /// Keeps all bytes that are written from now on, also after crashes.
  public func keepWrittenBytes() { disk.withLock { $0.written = $0.written ?? [] } }

  /// All bytes that were written since `keepWrittenBytes`, in order; empty without it.
  public var writtenBytes: [UInt8] { disk.withLock { $0.written ?? [] } }

  /// Damages a file: the content, changed by `body`, is durable at once under the name, and no call is counted.
  public func damage(_ path: String, _ body: (inout [UInt8]) -> Void) {
    let node = disk.withLock { $0.names[Self.normal(path)] }
    guard let node else { preconditionFailure("no file \(path) to damage") }
    var content = disk.withLock { $0.nodes[node].content }
    body(&content)
    disk.withLock {
      $0.nodes[node] = .init(content: content, durable: content, attributes: $0.nodes[node].attributes)
      $0.nodes[node].attributes.modified = $0.now
      $0.durableNames[Self.normal(path)] = node
    }
  }

  /// Paths of files that were written or synced after a sync of theirs had failed, since the last crash: nothing can tell
  /// what of them is durable, so no process should.
  public var usedAfterFailedSync: [String] { syncs.withLock { $0.retried.sorted() } }

  func noteFailedSync(of path: String) { syncs.withLock { _ = $0.failed.insert(path) } }

  func noteUse(of path: String) {
    syncs.withLock { if $0.failed.contains(path) { $0.retried.insert(path) } }
  }

  public func open(_ path: String, _ mode: OpenMode, as fileClass: FileClass) throws(LetheError) -> any File {
    try faults.admit(.open, path)
    let given = Self.normal(path)
    let makes = mode == .create || mode == .createNew
    let owner = fileClass.folder.map(Self.normal)
    if !makes, disk.withLock({ $0.isLinkToNothing(given) }) {
      throw FileClass.isLinkToNothing(path.lastPathComponent)
    }
    let (node, facts, folderOwner) = try attempt("open", path) {
      (disk) throws(Refusal) -> (Int, FileFacts?, UInt32?) in
      let name = makes || fileClass.links == .refused ? given : Self.normal(disk.resolve(given))
      if disk.directories.contains(name) { throw Refusal(mode == .createNew ? EEXIST : EISDIR) }
      let folderOwner = owner.map { disk.attributes(ofDirectory: $0).owner }
      if let node = disk.names[name] {
        if mode == .createNew { throw Refusal(EEXIST) }
        return (node, disk.facts(of: node), folderOwner)
      }
      guard makes, disk.directories.contains(name.parentPath) else { throw Refusal(ENOENT) }
      var node = MemoryDisk.Node()
      node.attributes.owner = folderOwner ?? disk.attributes(ofDirectory: name.parentPath).owner
      node.attributes.modified = disk.now
      disk.nodes.append(node)
      disk.name(.init(given: (name, disk.nodes.count - 1)))
      return (disk.nodes.count - 1, nil, nil)
    }
    if let facts { try fileClass.check(facts, name: path.lastPathComponent, folderOwner: folderOwner) }
    return MemoryFile(system: self, path: path, mode: mode, node: node)
  }

  /// Everybody is root here, unless a test says otherwise.
  public var user: UInt32 { userID.withLock { $0 } }

  /// Has the process be somebody else to this file system.
  public func become(_ user: UInt32) { userID.withLock { $0 = user } }

  public func facts(of path: String, _ links: FileFacts.Links) throws(LetheError) -> FileFacts? {
    try faults.admit(.facts, path)
    let given = Self.normal(path)
    return disk.withLock { disk in
      let name = links == .followed ? Self.normal(disk.resolve(given)) : given
      if disk.directories.contains(name) { return disk.facts(disk.attributes(ofDirectory: name), byteCount: 0) }
      return disk.names[name].map { disk.facts(of: $0) }
    }
  }

  public func coarsenTime(of path: String, after previous: FileTime?) throws(LetheError) -> FileTime {
    try faults.admit(.coarsenTime, path)
    let given = Self.normal(path)
    return try attempt("utimensat", path) { (disk) throws(Refusal) in
      let name = Self.normal(disk.resolve(given))
      let time = FileTime.coarse(at: disk.nowStamp, after: previous)
      if disk.directories.contains(name) {
        var attributes = disk.attributes(ofDirectory: name)
        attributes.modified = time
        disk.directoryAttributes[name] = attributes
        return time
      }
      guard let node = disk.names[name] else { throw Refusal(ENOENT) }
      disk.nodes[node].attributes.modified = time
      return time
    }
  }

  public func hand(_ path: String, toOwnerOf folder: String) throws(LetheError) {
    try faults.admit(.hand, path)
    let (name, folder) = (Self.normal(path), Self.normal(folder))
    try attempt("fchown", path) { (disk) throws(Refusal) in
      let owner = disk.attributes(ofDirectory: folder).owner
      if disk.directories.contains(name) {
        var attributes = disk.attributes(ofDirectory: name)
        attributes.owner = owner
        disk.directoryAttributes[name] = attributes
        return
      }
      guard let node = disk.names[name] else { throw Refusal(ENOENT) }
      disk.nodes[node].attributes.owner = owner
    }
  }

  public func closeToOthers(_ folder: String) throws(LetheError) {
    try faults.admit(.hand, folder)
    let name = Self.normal(folder)
    try attempt("chmod", folder) { (disk) throws(Refusal) in
      guard disk.directories.contains(name) else { throw Refusal(ENOENT) }
      var attributes = disk.attributes(ofDirectory: name)
      attributes.permissions &= ~0o022
      disk.directoryAttributes[name] = attributes
    }
  }

  public func exists(_ path: String) -> Bool {
    disk.withLock { disk in
      let name = Self.normal(disk.resolve(Self.normal(path)))
      return disk.names[name] != nil || disk.directories.contains(name)
    }
  }

  public func createDirectory(_ path: String) throws(LetheError) {
    try faults.admit(.createDirectory, path)
    try attempt("mkdir", path) { (disk) throws(Refusal) in
      if path.isEmpty { throw Refusal(ENOENT) }
      var name = Self.normal(path)
      var missing: [String] = []
      while !disk.directories.contains(name) {
        if disk.names[name] != nil { throw Refusal(missing.isEmpty ? EEXIST : ENOTDIR) }
        missing.append(name)
        name = name.parentPath
      }
      let owner = disk.attributes(ofDirectory: name).owner
      disk.directories.formUnion(missing)
      for name in missing where owner != 0 {
        var attributes = disk.attributes(ofDirectory: name)
        attributes.owner = owner
        disk.directoryAttributes[name] = attributes
      }
    }
  }

  public func contents(of directory: String) throws(LetheError) -> [String] {
    try faults.admit(.contents, directory)
    let name = Self.normal(directory)
    return try attempt("opendir", directory) { (disk) throws(Refusal) in
      guard disk.directories.contains(name) else { throw Refusal(disk.names[name] == nil ? ENOENT : ENOTDIR) }
      let paths = disk.names.keys + disk.directories.filter { $0 != "/" && $0 != "." }
      return paths.filter { $0.parentPath == name }.map(\.lastPathComponent).sorted {
        $0.utf8.lexicographicallyPrecedes($1.utf8)
      }
    }
  }

  public func rename(_ path: String, to target: String) throws(LetheError) {
    try faults.admit(.rename, path)
    let (from, to) = (Self.normal(path), Self.normal(target))
    try attempt("rename", path) { (disk) throws(Refusal) in
      guard let node = disk.names[from], disk.directories.contains(to.parentPath) else { throw Refusal(ENOENT) }
      if disk.directories.contains(to) { throw Refusal(EISDIR) }
      if from != to { disk.name(.init(removed: from, given: (to, node))) }
    }
  }

  public func remove(_ path: String) throws(LetheError) {
    try faults.admit(.remove, path)
    let name = Self.normal(path)
    try attempt("unlink", path) { (disk) throws(Refusal) in
      if disk.directories.contains(name) { throw Refusal(EISDIR) }
      if disk.names[name] != nil { disk.name(.init(removed: name)) }
    }
  }

  public func synchronizeDirectory(_ path: String) throws(LetheError) {
    try faults.admit(.synchronizeDirectory, path)
    let name = Self.normal(path)
    try attempt("fsync", path) { (disk) throws(Refusal) in
      guard disk.directories.contains(name) else { throw Refusal(disk.names[name] == nil ? ENOENT : ENOTDIR) }
      disk.synchronizeNames(of: name)
    }
  }

  public func synchronizeAll(in directory: String) throws(LetheError) {
    do throws(LetheError) { try faults.admit(.synchronizeAll, directory) } catch {
      if !faults.hasStopped { disk.withLock { $0.loseAll() } }
      throw error
    }
    let name = Self.normal(directory)
    try attempt("syncfs", directory) { (disk) throws(Refusal) in
      guard disk.directories.contains(name) else { throw Refusal(ENOENT) }
      disk.synchronizeAll()
    }
  }

  public func protect(_ path: String) throws(LetheError) {
    try faults.admit(.protect, path)
    let name = Self.normal(path)
    try attempt("chmod", path) { (disk) throws(Refusal) in
      guard disk.names[name] != nil else { throw Refusal(ENOENT) }
    }
  }

  public func entry(at path: String) throws(LetheError) -> FileEntry {
    try faults.admit(.entry, path)
    let name = Self.normal(path)
    return disk.withLock { disk in
      if disk.directories.contains(name) { return .directory }
      guard let node = disk.names[name] else { return .absent }
      let facts = disk.facts(of: node)
      return facts.kind == .file ? .file(byteCount: facts.byteCount) : .other
    }
  }

  public func removeDirectory(_ path: String) throws(LetheError) {
    try faults.admit(.removeDirectory, path)
    let name = Self.normal(path)
    try attempt("rmdir", path) { (disk) throws(Refusal) in
      if disk.names[name] != nil { throw Refusal(ENOTDIR) }
      let isEmpty =
        !disk.names.keys.contains { $0.parentPath == name }
        && !disk.directories.contains { $0 != name && $0.parentPath == name }
      guard isEmpty else { throw Refusal(ENOTEMPTY) }
      disk.directories.remove(name)
    }
  }

  public func watch(_ folder: String) throws(LetheError) -> any FolderWatch {
    try faults.admit(.watch, folder)
    let name = Self.normal(folder)
    return try attempt("inotify_add_watch", folder) { (disk) throws(Refusal) in
      guard disk.directories.contains(name) else { throw Refusal(disk.names[name] == nil ? ENOENT : ENOTDIR) }
      return MemoryWatch(self.disk, after: disk.changeCount)
    }
  }

  public func lock(_ folder: String, note: String?, waiting patience: Duration) throws(LetheError) -> FolderLock {
    try faults.admit(.lock, folder)
    let name = Self.normal(folder)
    try attempt("open", folder) { (disk) throws(Refusal) in
      guard disk.directories.contains(name) else { throw Refusal(ENOENT) }
    }
    // Of those that wait for a time only, most do on the one thread that could give it back.
    if patience == .untilReleased {
      locks.wait(until: { !$0.contains(name) }, then: { _ = $0.insert(name) })
    } else if !locks.withLock({ $0.insert(name).inserted }) {
      throw LetheError(.locked, "another owner has this folder; close that first")
    }
    return FolderLock { [weak self] in self?.locks.withLock { _ = $0.remove(name) } }
  }

  /// Without a slash at the end, without doubled ones.
  static func normal(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    if path.hasPrefix("/") { return "/" + parts }
    return parts.isEmpty ? "." : parts
  }

  /// The `errno` that POSIX would give.
  struct Refusal: Error {
    let number: Int32
    init(_ number: Int32) { self.number = number }
  }

  /// Works on the disk under its lock and turns a refusal into the error that the machine's own files would give.
  func attempt<T: Sendable>(
    _ function: String, _ path: String, _ body: (inout MemoryDisk) throws(Refusal) -> T
  ) throws(LetheError) -> T {
    do throws(Refusal) {
      return try disk.withLock { (disk) throws(Refusal) in try body(&disk) }
    } catch let refusal {
      throw LetheError(
        .io, "\(path.lastPathComponent): \(String(cString: strerror(refusal.number)).lowercased())",
        place: path.lastPathComponent, cause: .init(function: function, number: refusal.number))
    }
  }
}
