import LetheLog
import LetheSystem
import LetheTesting
import Synchronization

/// In which order a log's records become durable, are indexed, signed and acknowledged.
enum DoingOrder: Sendable, CaseIterable {
  case right
  /// The index of a full segment is durable before the last of its records are, of which nobody was told.
  case indexFirst
  /// A checkpoint is signed before the records are durable that it covers.
  case signatureFirst
  /// An append returns before its records are durable.
  case answerFirst
  /// A group's seal is durable before its records are written.
  case sealFirst

  /// Whether syncs of groups wait until the next group is about to be written.
  var hasLateSyncs: Bool { self == .indexFirst || self == .answerFirst }
}

/// A file system below a log that does things in a wrong order: syncs of groups come late, or a checkpoint comes before
/// them. In the right order it does what it is told.
struct DoingOrderFileSystem: FileSystem {
  /// Where the checkpoint lies that a start trusts.
  static let checkpoint = "/home/Keys/checkpoint"
  /// Where the number of the last run lies.
  static let run = "/home/Keys/run"

  let base: any FileSystem
  let desk: Desk

  init(_ base: any FileSystem, _ order: DoingOrder) {
    self.base = base
    desk = Desk(order)
  }

  /// What waits to be done.
  final class Desk: Sendable {
    private struct State {
      var isOpen = false
      var lateSyncs: [@Sendable () throws(LetheError) -> Void] = []
      var draft: Checkpoint?
      var signed: Checkpoint?
    }

    let order: DoingOrder
    private let state = Mutex(State())

    init(_ order: DoingOrder) { self.order = order }

    /// Lets the order be wrong from now on: what an opening does is not what appends do.
    func open() { state.withLock { $0.isOpen = true } }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Does something before the next group is written.
    func delay(_ body: @escaping @Sendable () throws(LetheError) -> Void) {
      state.withLock { $0.lateSyncs.append(body) }
    }

    /// Whether something that the log takes for durable is not.
    var isLate: Bool { state.withLock { !$0.lateSyncs.isEmpty } }

    /// Makes durable what is late.
    func settle() throws(LetheError) {
      for sync in state.withLock({ $0.lateSyncs }) { try sync() }
      state.withLock { $0.lateSyncs = [] }
    }

    func sync(_ body: @escaping @Sendable () throws(LetheError) -> Void) throws(LetheError) {
      let isLate = state.withLock { state in
        guard order.hasLateSyncs, state.isOpen else { return false }
        state.lateSyncs.append(body)
        return true
      }
      if !isLate { try body() }
    }

    /// Lays down the checkpoint that will be right once the next group is durable.
    func draft(_ checkpoint: Checkpoint) { state.withLock { $0.draft = checkpoint } }

    /// The checkpoint that is to be signed now, if one is to be before its records are durable.
    func checkpointToSign() -> Checkpoint? {
      guard order == .signatureFirst else { return nil }
      return state.withLock { state in
        defer { state.draft = nil }
        state.signed = state.draft ?? state.signed
        return state.draft
      }
    }

    /// The newest that was signed so.
    var signed: Checkpoint? { state.withLock { $0.signed } }
  }

  var user: UInt32 { base.user }
  func facts(of path: String, _ links: FileFacts.Links) throws(LetheError) -> FileFacts? {
    try base.facts(of: path, links)
  }
  func coarsenTime(of path: String, after previous: FileTime?) throws(LetheError) -> FileTime {
    try base.coarsenTime(of: path, after: previous)
  }
  func hand(_ path: String, toOwnerOf folder: String) throws(LetheError) { try base.hand(path, toOwnerOf: folder) }
  func closeToOthers(_ folder: String) throws(LetheError) { try base.closeToOthers(folder) }

  func open(_ path: String, _ mode: OpenMode, as fileClass: FileClass) throws(LetheError) -> any File {
    let file = try base.open(path, mode, as: fileClass)
    guard desk.order != .right, path.hasSuffix(".segment"), mode != .read else { return file }
    return DoingOrderFile(base: file, system: self)
  }

  func synchronizeAll(in directory: String) throws(LetheError) {
    try desk.sync { [base] () throws(LetheError) in try base.synchronizeAll(in: directory) }
  }

  func exists(_ path: String) -> Bool { base.exists(path) }
  func createDirectory(_ path: String) throws(LetheError) { try base.createDirectory(path) }
  func contents(of directory: String) throws(LetheError) -> [String] { try base.contents(of: directory) }
  func rename(_ path: String, to target: String) throws(LetheError) { try base.rename(path, to: target) }
  func remove(_ path: String) throws(LetheError) { try base.remove(path) }
  func synchronizeDirectory(_ path: String) throws(LetheError) { try base.synchronizeDirectory(path) }
  func protect(_ path: String) throws(LetheError) { try base.protect(path) }
  func entry(at path: String) throws(LetheError) -> FileEntry { try base.entry(at: path) }
  func removeDirectory(_ path: String) throws(LetheError) { try base.removeDirectory(path) }
  func watch(_ folder: String) throws(LetheError) -> any FolderWatch { try base.watch(folder) }
  func lock(_ folder: String, note: String?, waiting patience: Duration) throws(LetheError) -> FolderLock {
    try base.lock(folder, note: note, waiting: patience)
  }
}

/// A segment that is appended to.
private final class DoingOrderFile: File {
  private let base: any File
  private let system: DoingOrderFileSystem
  /// Whether more than the head was written since the last sync.
  private let hasGroup = Mutex(false)

  init(base: any File, system: DoingOrderFileSystem) {
    self.base = base
    self.system = system
  }

  var isDirect: Bool { base.isDirect }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int {
    try base.read(into: &buffer, at: offset)
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) {
    if offset > 0 {
      try system.desk.settle()
      hasGroup.withLock { $0 = true }
    }
    let sealCount = 176
    guard system.desk.order == .sealFirst, system.desk.isOpen, offset > 0, bytes.byteCount > sealCount else {
      return try base.write(bytes, at: offset)
    }
    let records = [UInt8](copying: bytes.extracting(..<(bytes.byteCount - sealCount)))
    try base.write(bytes.extracting((bytes.byteCount - sealCount)...), at: offset + records.count)
    system.desk.delay { [base] () throws(LetheError) in try base.write(records.span.bytes, at: offset) }
  }

  func size() throws(LetheError) -> Int { try base.size() }
  func facts() throws(LetheError) -> FileFacts { try base.facts() }
  func coarsenTime(after previous: FileTime?) throws(LetheError) -> FileTime { try base.coarsenTime(after: previous) }
  func lock(waiting patience: Duration) throws(LetheError) { try base.lock(waiting: patience) }
  func unlock() { base.unlock() }
  func truncate(to size: Int) throws(LetheError) { try base.truncate(to: size) }
  func dropCache() throws(LetheError) { try base.dropCache() }

  func synchronize() throws(LetheError) {
    let isGroup = hasGroup.withLock { hasGroup in
      defer { hasGroup = false }
      return hasGroup
    }
    guard isGroup else { return try base.synchronize() }
    if let checkpoint = system.desk.checkpointToSign() {
      try system.base.replace(DoingOrderFileSystem.checkpoint, with: Array(checkpoint.text.utf8))
    }
    try system.desk.sync { [base] () throws(LetheError) in try base.synchronize() }
  }
}
