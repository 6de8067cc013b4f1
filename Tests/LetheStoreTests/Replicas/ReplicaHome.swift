import LetheCrypto
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// A home with replicas, and what may happen to their folders.
struct ReplicaHome {
  let home: TestHome
  let folders: [String]
  private let outside = TemporaryDirectory()
  static let names = ["anna", "bert", "cleo"]

  var files: LocalFileSystem { LocalFileSystem() }
  var paths: Home { home.home }

  /// Nine events of three people, then the replicas.
  init(replicas count: Int = 2) async throws {
    home = try TestHome()
    let outside = outside
    folders = (0..<count).map { outside.path("replica-\($0 + 1)") }
    let folders = folders
    try await home.session { (store) async throws in
      for number in 0..<9 { try await store.append(number, of: Self.names[number % 3]) }
      for folder in folders { _ = try store.addReplica(folder) }
    }
  }

  func path(_ name: String) -> String { outside.path(name) }

  /// The folder is gone and a file lies where it was.
  func takeAway(_ number: Int) throws {
    try files.rename(folders[number - 1], to: folders[number - 1] + ".away")
    try files.replace(folders[number - 1], with: [1])
  }

  func bringBack(_ number: Int) throws {
    try files.remove(folders[number - 1])
    try files.rename(folders[number - 1] + ".away", to: folders[number - 1])
  }

  /// What the disk of Keys/ loses: the pages and what SQLite keeps beside them, the directory with them.
  func losePages() throws {
    for path in [paths.vault, paths.directory] {
      for suffix in ["", "-wal", "-shm"] { try files.remove(path + suffix) }
    }
  }

  func copy(_ path: String, to target: String) throws {
    try files.replace(target, with: files.contents(ofFile: path))
  }

  func restore(from folder: String, into target: Home? = nil) throws -> RestoreSummary {
    try Store.restore(target ?? paths, from: folder, waiting: .zero, in: home.world())
  }

  /// The texts of a person's events; nil for those that do not open.
  static func texts(of name: String, in store: Store) throws -> [String?] {
    let place = names.firstIndex(of: name)!
    return try store.items().prefix(9).enumerated().filter { $0.offset % 3 == place }.map(\.element.text)
  }
}
