internal import LetheLog
public import LetheSystem

/// Follows a home that other processes append to.
///
/// While nothing comes, neither the home's lock nor any key is held: whoever appends is not in its way, and a forget leaves
/// no key in the memory of somebody who was not told. It sleeps on the kernel's word that the log's folder changed (`inotify`)
/// and looks at no file. When the log has gone on, which one short read tells, the home is opened as for any command, what is
/// new is given, and the home is closed again. What a process that keeps the home open appends is given once it lets go.
public struct HomeFollowing: Sendable {
  /// What becomes of it beside the items.
  public enum Moment {
    /// The home was opened; items follow, if there are any.
    case opened(Store)
    /// What there was has been given, and the home is closed: now it waits.
    case waiting
    /// There is more, but another process keeps the home open: now it waits for that one, however long it takes.
    case locked(LetheError)
  }

  private let home: Home
  private let world: World
  private let patience: Duration
  private let watch: any FolderWatch
  private var progress: FollowProgress
  private var origin: String?

  /// Begins to watch; what is appended from here on is not missed.
  ///
  /// - Parameter patience: how long to wait for another process that has the home open before `run` tells of it.
  /// - Throws: `usage` for options that read backwards; `io`, also if there is no home.
  public init(
    _ home: Home, _ selection: Selection, _ options: ReadOptions = ReadOptions(),
    waiting patience: Duration = .seconds(5), in world: World = World()
  ) throws(LetheError) {
    progress = try FollowProgress(selection, options)
    try home.requireFolders(world.files)
    self.home = home
    self.world = world
    self.patience = patience
    watch = try world.files.watch(home.log)
  }

  /// Gives all that there is, then all that comes, until the body stops, the limit is reached or the end is called. Blocks
  /// the caller's thread. Once.
  ///
  /// - Throws: what opening and reading throw, but for `locked`; `rolledBack` if the log was
  ///   restored meanwhile, and what was given is no longer its beginning.
  public consuming func run(
    until end: FollowEnd = FollowEnd(), told: (Moment) throws(LetheError) -> Void = { _ in },
    _ body: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    let watch = watch
    try end.waking(
      by: { watch.cancel() },
      { () throws(LetheError) in try run(end, watch, told, body) })
  }

  private mutating func run(
    _ end: FollowEnd, _ watch: any FolderWatch, _ told: (Moment) throws(LetheError) -> Void,
    _ body: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    var tail = try pass(open(told), end, told, body)
    while !progress.isOver {
      try told(.waiting)
      repeat {
        guard !end.isCalled, try watch.wait() == .changed else { return }
      } while try !tail.isOutgrown(in: home.log, files: world.files)
      tail = try pass(open(told), end, told, body)
    }
  }

  private func open(_ told: (Moment) throws(LetheError) -> Void) throws(LetheError) -> Store {
    do throws(LetheError) { return try Store.open(home, waiting: patience, in: world) } catch {
      guard error.code == .locked else { throw error }
      try told(.locked(error))
      return try Store.open(home, waiting: .untilReleased, in: world)
    }
  }

  /// Gives what is new, closes the store, and says where the log ended.
  private mutating func pass(
    _ store: Store, _ end: FollowEnd, _ told: (Moment) throws(LetheError) -> Void,
    _ body: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) -> LogTail {
    do throws(LetheError) {
      try check(store)
      try told(.opened(store))
      try progress.pass(store) { (item) throws(LetheError) in end.isCalled ? .stop : try body(item) }
    } catch {
      // What stopped the reading is told; that the store could not be closed then comes of the same.
      try? store.close()
      throw error
    }
    try store.close()
    return store.parts.log.tail
  }

  private mutating func check(_ store: Store) throws(LetheError) {
    let now = store.parts.identity.origin
    guard origin.map({ $0 == now }) ?? true, store.count >= progress.count else {
      throw LetheError(
        .rolledBack,
        "the log was restored while it was followed, and ends differently now; read again from where it differs")
    }
    origin = now
  }
}
