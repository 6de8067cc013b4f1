internal import Synchronization

/// A copy-on-write overlay: reads come from another file system, and writes stay in memory until the last reference goes.
///
/// Reads see every write made through the overlay. The files below never change; only locks are taken on them. Pages of
/// zeros behind a file's end take no memory.
package final class OverlayFiles: FileSystem {
  private let base: any FileSystem
  private let state = Mutex(State())

  package init(_ base: any FileSystem) { self.base = base }

  /// What lies at a path of the overlay, whatever the file system below has there.
  private enum Entry {
    case file(OverlaidContent)
    case directory
    case absent
  }

  private struct State {
    /// Paths that were changed.
    var entries: [String: Entry] = [:]
    /// Open files without changes, so that everybody who has one open sees its first change.
    var unchanged: [String: WeakContent] = [:]
  }

  private struct WeakContent {
    weak var content: OverlaidContent?
  }

  package var user: UInt32 { base.user }

  // MARK: Files

  package func open(_ path: String, _ mode: OpenMode, as fileClass: FileClass) throws(LetheError) -> any File {
    try state.withLock { (state) throws(LetheError) in
      switch state.entries[path] {
      case .file(let content):
        guard mode != .createNew else { throw Self.inTheWay("open", path) }
        return OverlaidFile(content, mode, in: self)
      case .directory: throw LetheError.folderInPlaceOfFile(path.lastPathComponent)
      case .absent: return try create(path, mode, &state)
      case nil:
        guard mode == .create || mode == .createNew, try base.facts(of: path, fileClass.links) == nil else {
          guard mode != .createNew else { throw Self.inTheWay("open", path) }
          return OverlaidFile(try existing(path, as: fileClass, &state), mode, in: self)
        }
        return try create(path, mode, &state)
      }
    }
  }

  private func existing(
    _ path: String, as fileClass: FileClass, _ state: inout State
  ) throws(LetheError) -> OverlaidContent {
    // A file that is open already is opened again, because this opening may demand another class of it.
    let file = try base.open(path, .read, as: fileClass)
    if let content = state.unchanged[path]?.content { return content }
    let content = try OverlaidContent(path, over: file)
    state.unchanged[path] = WeakContent(content: content)
    return content
  }

  private func create(_ path: String, _ mode: OpenMode, _ state: inout State) throws(LetheError) -> any File {
    guard mode == .create || mode == .createNew else { throw Self.missing("open", path) }
    try demandFolder(path.parentPath, "open", state)
    let content = OverlaidContent(path, ownedBy: base.user)
    state.entries[path] = .file(content)
    return OverlaidFile(content, mode, in: self)
  }

  /// Keeps a file that is about to change.
  fileprivate func keep(_ content: OverlaidContent) {
    state.withLock { state in
      guard let path = content.path, state.unchanged[path]?.content === content else { return }
      state.unchanged[path] = nil
      state.entries[path] = .file(content)
    }
  }

  package func rename(_ path: String, to target: String) throws(LetheError) {
    try state.withLock { (state) throws(LetheError) in
      guard path != target else { return }
      try demandFolder(target.parentPath, "rename", state)
      guard try entry(at: target, state) != .directory else { throw Self.inTheWay("rename", target) }
      let content: OverlaidContent
      switch state.entries[path] {
      case .file(let found): content = found
      case nil: content = try existing(path, as: .plain, &state)
      case .absent: throw Self.missing("rename", path)
      case .directory: throw LetheError.folderInPlaceOfFile(path.lastPathComponent)
      }
      drop(target, &state)
      state.unchanged[path] = nil
      state.entries[path] = .absent
      state.entries[target] = .file(content)
      content.path = target
    }
  }

  package func remove(_ path: String) throws(LetheError) {
    try state.withLock { (state) throws(LetheError) in
      guard try entry(at: path, state) != .directory else {
        throw LetheError.folderInPlaceOfFile(path.lastPathComponent)
      }
      drop(path, &state)
    }
  }

  /// Removes a name. Open files stay usable.
  private func drop(_ path: String, _ state: inout State) {
    if case .file(let content) = state.entries[path] { content.path = nil }
    state.unchanged[path]?.content?.path = nil
    state.unchanged[path] = nil
    state.entries[path] = .absent
  }

  // MARK: Names

  package func exists(_ path: String) -> Bool {
    switch state.withLock({ $0.entries[path] }) {
    case .file, .directory: true
    case .absent: false
    case nil: base.exists(path)
    }
  }

  package func entry(at path: String) throws(LetheError) -> FileEntry {
    try state.withLock { (state) throws(LetheError) in try entry(at: path, state) }
  }

  private func entry(at path: String, _ state: borrowing State) throws(LetheError) -> FileEntry {
    switch state.entries[path] {
    case .file(let content): .file(byteCount: content.byteCount)
    case .directory: .directory
    case .absent: .absent
    case nil: try base.entry(at: path)
    }
  }

  private func demandFolder(_ path: String, _ function: String, _ state: borrowing State) throws(LetheError) {
    switch try entry(at: path, state) {
    case .absent: throw Self.missing(function, path)
    // A link may lead to a folder.
    case .directory, .other: break
    case .file: throw Self.inTheWay(function, path)
    }
  }

  package func facts(of path: String, _ links: FileFacts.Links) throws(LetheError) -> FileFacts? {
    switch state.withLock({ $0.entries[path] }) {
    case .file(let content): try content.facts()
    // It belongs to the owner of the folder that it was made in, which may be of the overlay as well.
    case .directory: try facts(of: path.parentPath, .followed)
    case .absent: nil
    case nil: try base.facts(of: path, links)
    }
  }

  package func contents(of directory: String) throws(LetheError) -> [String] {
    let entries = state.withLock { $0.entries }
    var names: Set<String> = []
    if case .directory = entries[directory] {} else { names = Set(try base.contents(of: directory)) }
    for (path, entry) in entries where path.parentPath == directory {
      if case .absent = entry { names.remove(path.lastPathComponent) } else { names.insert(path.lastPathComponent) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  package func createDirectory(_ path: String) throws(LetheError) {
    guard !path.isEmpty else { throw Self.missing("mkdir", path) }
    switch try entry(at: path) {
    case .directory: return
    case .absent: break
    case .file, .other: throw Self.inTheWay("mkdir", path)
    }
    if path.parentPath != path { try createDirectory(path.parentPath) }
    state.withLock { $0.entries[path] = .directory }
  }

  package func removeDirectory(_ path: String) throws(LetheError) {
    guard exists(path) else { return }
    guard try contents(of: path).isEmpty else { throw Self.inTheWay("rmdir", path) }
    state.withLock { $0.entries[path] = .absent }
  }

  // MARK: Passed on to the files below

  package func watch(_ folder: String) throws(LetheError) -> any FolderWatch { try base.watch(folder) }

  package func lock(_ folder: String, note: String?, waiting patience: Duration) throws(LetheError) -> FolderLock {
    try base.lock(folder, note: note, waiting: patience)
  }

  // MARK: Without effect in memory

  package func synchronizeDirectory(_ path: String) throws(LetheError) { try demandFolder(path, "fsync") }
  package func synchronizeAll(in directory: String) throws(LetheError) { try demandFolder(directory, "syncfs") }
  package func protect(_ path: String) throws(LetheError) {
    guard exists(path) else { throw Self.missing("chmod", path) }
  }
  private func demandFolder(_ path: String, _ function: String) throws(LetheError) {
    try state.withLock { (state) throws(LetheError) in try demandFolder(path, function, state) }
  }
  /// Leaves the time as it is.
  package func coarsenTime(of path: String, after previous: FileTime?) throws(LetheError) -> FileTime {
    guard let facts = try facts(of: path, .followed) else { throw Self.missing("utimensat", path) }
    return facts.modified
  }
  package func hand(_ path: String, toOwnerOf folder: String) {}
  package func closeToOthers(_ folder: String) {}

  // MARK: Errors

  private static func missing(_ function: String, _ path: String) -> LetheError { refusal(function, 2, path) }
  private static func inTheWay(_ function: String, _ path: String) -> LetheError { refusal(function, 17, path) }

  /// As the system would tell it (`errno(3)`).
  private static func refusal(_ function: String, _ number: Int32, _ path: String) -> LetheError {
    let name = path.lastPathComponent
    return LetheError(
      .io, "\(name): \(number == 2 ? "there is no such file; check the path" : "something lies there; remove it")",
      place: name, cause: LetheError.Cause(function: function, number: number))
  }
}

/// The content of an overlay's file, shared by everybody who has it open.
private final class OverlaidContent: Sendable {
  static let pageByteCount = 4096

  /// The file below; nil if it was made here.
  let base: (any File)?
  private let owner: UInt32
  private let pages: Mutex<Pages>
  private let place: Mutex<String?>

  private struct Pages {
    var byteCount: Int
    /// How much of the file below still shows where no changed page covers it.
    var baseByteCount: Int
    var changed: [Int: [UInt8]] = [:]
  }

  init(_ path: String, over file: any File) throws(LetheError) {
    let size = try file.size()
    base = file
    owner = 0
    place = Mutex(path)
    pages = Mutex(Pages(byteCount: size, baseByteCount: size))
  }

  init(_ path: String, ownedBy owner: UInt32) {
    base = nil
    self.owner = owner
    place = Mutex(path)
    pages = Mutex(Pages(byteCount: 0, baseByteCount: 0))
  }

  /// Nil once it has no name.
  var path: String? {
    get { place.withLock { $0 } }
    set { place.withLock { $0 = newValue } }
  }

  var byteCount: Int { pages.withLock { $0.byteCount } }

  func facts() throws(LetheError) -> FileFacts {
    let size = byteCount
    guard let facts = try base?.facts() else {
      let number = UInt64(UInt(bitPattern: ObjectIdentifier(self)))
      return FileFacts(
        identity: FileFacts.Identity(device: 0, number: number), kind: .file, byteCount: size,
        allocatedByteCount: size, permissions: 0o600, owner: owner, group: 0, nameCount: 1,
        modified: FileTime(seconds: 0))
    }
    return FileFacts(
      identity: facts.identity, kind: facts.kind, byteCount: size, allocatedByteCount: facts.allocatedByteCount,
      permissions: facts.permissions, owner: facts.owner, group: facts.group, nameCount: facts.nameCount,
      modified: facts.modified)
  }

  private static func demandPlace(_ offset: Int, _ function: String) throws(LetheError) {
    guard offset < 0 else { return }
    throw LetheError(
      .io, "a file has no place before its beginning; this is a fault of lethe",
      cause: LetheError.Cause(function: function, number: 22))
  }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int {
    try Self.demandPlace(offset, "pread")
    return try pages.withLock { (pages) throws(LetheError) in
      try buffer.withUnsafeMutableBytes { (buffer) throws(LetheError) in
        let count = max(0, min(buffer.count, pages.byteCount - offset))
        try fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset, pages)
        return count
      }
    }
  }

  /// Fills a buffer that ends within the file.
  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, at offset: Int, _ pages: borrowing Pages
  ) throws(LetheError) {
    var filled = 0
    if let base, offset < pages.baseByteCount {
      let most = min(buffer.count, pages.baseByteCount - offset)
      var span = UnsafeMutableRawBufferPointer(rebasing: buffer[..<most]).mutableBytes
      filled = try base.read(into: &span, at: offset)
    }
    for index in filled..<buffer.count { buffer[index] = 0 }
    guard !pages.changed.isEmpty, !buffer.isEmpty else { return }
    let size = Self.pageByteCount
    for number in offset / size...(offset + buffer.count - 1) / size {
      guard let page = pages.changed[number] else { continue }
      let covered = max(offset, number * size)..<min(offset + buffer.count, (number + 1) * size)
      page.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: buffer[(covered.lowerBound - offset)...]).copyMemory(
          from: UnsafeRawBufferPointer(
            rebasing: $0[(covered.lowerBound - number * size)..<(covered.upperBound - number * size)]))
      }
    }
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) {
    try Self.demandPlace(offset, "pwrite")
    try pages.withLock { (pages) throws(LetheError) in
      try bytes.withUnsafeBytes { (bytes) throws(LetheError) in
        let (size, end) = (Self.pageByteCount, offset + bytes.count)
        guard offset < end else { return }
        for number in offset / size...(end - 1) / size {
          let covered = max(offset, number * size)..<min(end, (number + 1) * size)
          let part = UnsafeRawBufferPointer(
            rebasing: bytes[(covered.lowerBound - offset)..<(covered.upperBound - offset)])
          let isBehindBase = number * size >= pages.baseByteCount
          if isBehindBase, pages.changed[number] == nil, part.allSatisfy({ $0 == 0 }) { continue }
          var page = try page(number, pages)
          page.replaceSubrange((covered.lowerBound - number * size)..<(covered.upperBound - number * size), with: part)
          pages.changed[number] = page
        }
        pages.byteCount = max(pages.byteCount, end)
      }
    }
  }

  /// A page as it is seen, with zeros behind the file's end.
  private func page(_ number: Int, _ pages: borrowing Pages) throws(LetheError) -> [UInt8] {
    if let page = pages.changed[number] { return page }
    var page = [UInt8](repeating: 0, count: Self.pageByteCount)
    let count = min(page.count, max(0, pages.baseByteCount - number * page.count))
    guard let base, count > 0 else { return page }
    let bytes = try base.read(count: count, at: number * page.count)
    page.replaceSubrange(..<bytes.count, with: bytes)
    return page
  }

  func truncate(to byteCount: Int) throws(LetheError) {
    try Self.demandPlace(byteCount, "ftruncate")
    try pages.withLock { (pages) throws(LetheError) in
      defer { pages.byteCount = byteCount }
      guard byteCount < pages.byteCount else { return }
      let size = Self.pageByteCount
      let last = byteCount / size
      // What is cut off must not come back when the file grows again.
      if byteCount % size > 0 {
        var page = try page(last, pages)
        for index in byteCount % size..<size { page[index] = 0 }
        pages.changed[last] = page
      }
      pages.changed = pages.changed.filter { $0.key < last || $0.key == last && byteCount % size > 0 }
      pages.baseByteCount = min(pages.baseByteCount, byteCount)
    }
  }
}

private final class OverlaidFile: File {
  private let content: OverlaidContent
  private let mode: OpenMode
  private let files: OverlayFiles

  init(_ content: OverlaidContent, _ mode: OpenMode, in files: OverlayFiles) {
    (self.content, self.mode, self.files) = (content, mode, files)
  }

  let isDirect = false

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int {
    try content.read(into: &buffer, at: offset)
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) {
    try demandWritable("pwrite")
    files.keep(content)
    try content.write(bytes, at: offset)
  }

  func truncate(to size: Int) throws(LetheError) {
    try demandWritable("ftruncate")
    files.keep(content)
    try content.truncate(to: size)
  }

  private func demandWritable(_ function: String) throws(LetheError) {
    guard mode == .read || mode == .directRead else { return }
    throw LetheError(
      .io, "a file that was opened for reading is not written; this is a fault of lethe",
      cause: LetheError.Cause(function: function, number: 9))
  }

  func size() throws(LetheError) -> Int { content.byteCount }
  func facts() throws(LetheError) -> FileFacts { try content.facts() }
  func synchronize() {}
  func coarsenTime(after previous: FileTime?) throws(LetheError) -> FileTime { try content.facts().modified }
  func dropCache() throws(LetheError) { try content.base?.dropCache() }
  func lock(waiting patience: Duration) throws(LetheError) { try content.base?.lock(waiting: patience) }
  func unlock() { content.base?.unlock() }
}
