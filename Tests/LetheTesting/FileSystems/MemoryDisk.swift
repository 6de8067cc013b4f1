internal import LetheSystem

/// What a `MemoryFileSystem` holds: files and names as the process sees them, and what of both is durable.
struct MemoryDisk: Sendable {
  /// Sectors are written whole or not at all, unless a crash tears anywhere; writes of several may land in part.
  static let sectorByteCount = 512

  /// A write or a cut that is not yet durable.
  enum Change: Sendable {
    case write([UInt8], at: Int)
    case truncate(to: Int)
  }

  struct Node: Sendable {
    var content: [UInt8] = []
    var durable: [UInt8] = []
    var pending: [Change] = []
    /// A sync of the whole disk lost what was pending, of which the file's own next sync tells.
    var hasUntoldLoss = false
    var attributes = Attributes()
  }

  /// What a file system says of a file besides its content; durable at once.
  struct Attributes: Sendable {
    var kind = FileFacts.Kind.file
    /// Where a link leads.
    var target = ""
    var permissions: UInt32 = 0o600
    var owner: UInt32 = 0
    var nameCount = 1
    /// What it says that it has, where most of that is holes.
    var sparseByteCount: Int?
    var modified = FileTime(seconds: 0)
  }

  /// A change of names: one is taken away, or given to a file, or both in one step.
  struct Naming: Sendable {
    var removed: String?
    var given: (path: String, node: Int)?

    func apply(to names: inout [String: Int]) {
      if let removed { names[removed] = nil }
      if let given { names[given.path] = given.node }
    }

    func concerns(_ directory: String) -> Bool {
      removed?.parentPath == directory || given?.path.parentPath == directory
    }
  }

  var nodes: [Node] = []
  var names: [String: Int] = [:]
  var durableNames: [String: Int] = [:]
  var pendingNames: [Naming] = []
  /// All bytes ever written, on this disk and those that it was before crashes; nil if they are not kept.
  var written: [UInt8]?
  /// Changes of names and contents so far.
  var changeCount = 0
  /// Durable at once; `/` and `.` are always there.
  var directories: Set<String> = ["/", "."]
  /// Of directories that differ from what one is made with.
  var directoryAttributes: [String: Attributes] = [:]
  /// Files that are locked.
  var lockedNodes: Set<Int> = []

  /// A clock that goes on with every change.
  var now: FileTime {
    FileTime(seconds: 1_700_000_000 + Int64(changeCount / 10), nanoseconds: Int64(changeCount % 10) * 100_000_000 + 7)
  }

  var nowStamp: Timestamp { Timestamp(microseconds: now.seconds * 1_000_000 + now.nanoseconds / 1000) }

  func attributes(ofDirectory path: String) -> Attributes {
    if let known = directoryAttributes[path] { return known }
    var attributes = Attributes()
    attributes.kind = .directory
    attributes.permissions = 0o700
    return attributes
  }

  /// The path that links lead to.
  func resolve(_ path: String) -> String {
    var path = path
    for _ in 0..<8 {
      guard let node = names[path], nodes[node].attributes.kind == .link else { return path }
      let target = nodes[node].attributes.target
      path = target.hasPrefix("/") ? target : "\(path.parentPath)/\(target)"
    }
    return path
  }

  mutating func name(_ naming: Naming) {
    changeCount += 1
    naming.apply(to: &names)
    pendingNames.append(naming)
  }

  mutating func synchronizeNames(of directory: String) {
    for naming in pendingNames where naming.concerns(directory) { naming.apply(to: &durableNames) }
    pendingNames.removeAll { $0.concerns(directory) }
  }

  mutating func change(_ node: Int, _ change: Change, isDurable: Bool) {
    changeCount += 1
    if case .write(let bytes, _) = change { written?.append(contentsOf: bytes) }
    nodes[node].attributes.modified = now
    change.apply(to: &nodes[node].content)
    if isDurable { change.apply(to: &nodes[node].durable) } else { nodes[node].pending.append(change) }
  }

  mutating func synchronize(_ node: Int) {
    for change in nodes[node].pending { change.apply(to: &nodes[node].durable) }
    nodes[node].pending = []
  }

  mutating func synchronizeAll() {
    for node in nodes.indices { synchronize(node) }
    for naming in pendingNames { naming.apply(to: &durableNames) }
    pendingNames = []
  }

  /// What a failed sync of the whole disk does: nothing that waited for it becomes durable any more.
  mutating func loseAll() {
    for node in nodes.indices where !nodes[node].pending.isEmpty {
      nodes[node].pending = []
      nodes[node].hasUntoldLoss = true
    }
  }

  /// The disk after a crash.
  func survivor(_ survival: MemoryFileSystem.Survival) -> MemoryDisk {
    if survival == .cached {
      // Locks end with the process.
      var disk = self
      disk.lockedNodes = []
      return disk
    }
    var generator = SeededGenerator(seed: survival.seed ?? 0)
    var disk = MemoryDisk()
    disk.directories = directories
    disk.directoryAttributes = directoryAttributes
    disk.changeCount = changeCount
    disk.written = written
    disk.nodes = nodes.map { node in
      var content = node.durable
      for change in node.pending {
        switch survival {
        case .synced, .cached: break
        case .all: change.apply(to: &content)
        case .some: change.applySome(to: &content, tearing: .betweenSectors, using: &generator)
        case .torn: change.applySome(to: &content, tearing: .anywhere, using: &generator)
        }
      }
      return Node(content: content, durable: content, attributes: node.attributes)
    }
    disk.names = durableNames
    switch survival {
    case .synced, .cached: break
    case .all: for naming in pendingNames { naming.apply(to: &disk.names) }
    case .some, .torn:
      // File systems with a journal keep changes of names in order.
      let count = Int.random(in: 0...pendingNames.count, using: &generator)
      for naming in pendingNames.prefix(count) { naming.apply(to: &disk.names) }
    }
    disk.durableNames = disk.names
    return disk
  }
}

extension MemoryDisk.Change {
  func apply(to content: inout [UInt8]) {
    switch self {
    case .write(let bytes, let offset):
      if bytes.isEmpty { return }
      if offset == content.count { return content.append(contentsOf: bytes) }
      content.extend(to: offset + bytes.count)
      content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    case .truncate(let size):
      content.removeLast(max(0, content.count - size))
      content.extend(to: size)
    }
  }

  /// Where writes may break.
  enum Tearing { case betweenSectors, anywhere }

  /// Applies each sector of a write, or a cut, or not, as chance has it; torn anywhere, of some sectors a part too.
  func applySome(to content: inout [UInt8], tearing: Tearing, using generator: inout SeededGenerator) {
    switch self {
    case .truncate: if Bool.random(using: &generator) { apply(to: &content) }
    case .write(let bytes, let offset):
      var start = offset
      while start < offset + bytes.count {
        let sectorEnd = (start / MemoryDisk.sectorByteCount + 1) * MemoryDisk.sectorByteCount
        let end = min(sectorEnd, offset + bytes.count)
        if Bool.random(using: &generator) {
          var kept = start..<end
          if tearing == .anywhere, Bool.random(using: &generator) {
            let tear = Int.random(in: start...end, using: &generator)
            kept = Bool.random(using: &generator) ? start..<tear : tear..<end
          }
          Self.write(Array(bytes[kept.lowerBound - offset..<kept.upperBound - offset]), at: kept.lowerBound)
            .apply(to: &content)
        }
        start = end
      }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func extend(to size: Int) {
    if count < size { append(contentsOf: [UInt8](repeating: 0, count: size - count)) }
  }
}
