import LetheLog
import LetheStore
import LetheSystem
import LetheTesting

/// What a home can lose, and what is laid aside of it before.
extension MemoryHome {
  static let machine = Home("/in-memory/machine")
  static let people = ["anna", "bert", "cleo"]

  /// Nine events of three people, and a replica if wanted, closed.
  static func withPeople(replica: Bool = true) async throws -> MemoryHome {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      if replica { _ = try store.addReplica(Self.replica) }
      for number in 0..<9 { try await store.append(number, of: Self.people[number % 3]) }
    }
    return home
  }

  /// Copies a file, or every file of a folder, durably; what is not there is passed over.
  func copy(_ path: String, to target: String) throws {
    if let bytes = disk.content(of: path) {
      try disk.createDirectory(target.parentPath)
      try disk.replace(target, with: bytes)
      return
    }
    guard disk.exists(path) else { return }
    for name in try disk.contents(of: path) { try copy("\(path)/\(name)", to: "\(target)/\(name)") }
  }

  /// Removes what SQLite keeps as one file.
  func removeDatabase(_ path: String) throws {
    for suffix in ["", "-wal", "-shm", "-journal"] { try disk.remove(path + suffix) }
  }

  /// Another machine with nothing but root cell, signing key and, if wanted, the newest checkpoint.
  func makeMachine(checkpoint: Bool = true) throws {
    try disk.createDirectory(Self.machine.keys)
    try copy(Self.home.rootCell, to: Self.machine.rootCell)
    try copy(Self.home.signingKey, to: Self.machine.signingKey)
    if checkpoint { try copy(Self.home.trustedCheckpoint, to: Self.machine.trustedCheckpoint) }
  }

  /// Lays the log as it is now beside the replica's pages.
  func copyLog(to folder: String = MemoryHome.replica) throws { try copy(Self.home.log, to: "\(folder)/Log") }

  func restore(
    _ answer: ShorterLogAnswer = .refuse, into home: Home = MemoryHome.machine,
    from folder: String = MemoryHome.replica
  ) throws(LetheError) -> RestoreSummary {
    try Store.restore(home, from: folder, shorterLog: answer, waiting: .zero, in: world())
  }

  /// Opens a home, works and closes.
  @discardableResult
  func session<Outcome>(of home: Home, _ body: (Store) async throws -> Outcome) async throws -> Outcome {
    let store = try Store.open(home, waiting: .zero, in: world())
    let outcome = try await body(store)
    try store.close()
    return outcome
  }

  /// The texts of one person's events among the first nine; nil for those that do not open.
  static func texts(of name: String, in store: Store) throws -> [String?] {
    let place = people.firstIndex(of: name)!
    return try store.items().prefix(9).enumerated().filter { $0.offset % 3 == place }.map(\.element.text)
  }

  static func isReadable(_ name: String, in store: Store) throws -> Bool {
    try texts(of: name, in: store).allSatisfy { $0 != nil }
  }
}
