import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import Testing

/// A home with copies of all that it consists of from before and after something happened.
struct TwoTimes {
  /// How the root is shared.
  struct Sharing: Sendable, CustomStringConvertible {
    let threshold: Int
    let count: Int

    static let all = [Sharing(threshold: 1, count: 1), Sharing(threshold: 2, count: 3)]

    var description: String { "\(threshold) of \(count)" }
    var numbers: ClosedRange<Int> { 1...count }
    /// The vault's epoch before anything happens: one for each cell that was added.
    var epoch: Int { count }

    /// Every choice of what is old.
    var combinations: [Set<Thing>] {
      let things: [Thing] = [.log, .pages, .directory, .checkpoint] + numbers.map { .cell($0) }
      return (0..<(1 << things.count)).map { bits in
        Set(things.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element))
      }
    }
  }

  /// What can be an old copy.
  enum Thing: Hashable, Sendable, CustomStringConvertible {
    case log, pages, directory, checkpoint
    case cell(Int)

    var description: String {
      switch self {
      case .log: "log"
      case .pages: "pages"
      case .directory: "directory"
      case .checkpoint: "checkpoint"
      case .cell(let number): "cell \(number)"
      }
    }

    fileprivate var paths: [String] {
      let home = MemoryHome.home
      return switch self {
      case .log: [LogLayout.segment(0), "checkpoint"].map { "\(home.log)/\($0)" }
      case .pages: ["", "-wal", "-shm"].map { home.vault + $0 }
      case .directory: ["", "-wal", "-shm"].map { home.directory + $0 }
      case .checkpoint: [home.trustedCheckpoint]
      case .cell(let number): [MemoryHome.cell(number)]
      }
    }
  }

  /// What happens between the two times.
  enum Event: String, CaseIterable, Sendable {
    case forget, allocation, append

    /// Whether root cells and pages differ between the two times.
    var isCommit: Bool { self != .append }
  }

  private static let folder = "/in-memory/old"
  /// As it is afterwards, the copies of before beside it.
  private let home: MemoryHome

  init(_ event: Event, _ cells: Sharing) async throws {
    home = try await MemoryHome.withPeople(replica: false)
    try await home.addCells(to: cells.count, threshold: cells.threshold)
    for path in cells.combinations.reduce(into: Set<Thing>(), { $0.formUnion($1) }).flatMap(\.paths) {
      try home.copy(path, to: Self.folder + path)
    }
    try await home.session { (store) async throws in
      switch event {
      case .forget: try forget("anna", in: store)
      case .allocation:
        try store.perform { (writer) throws(LetheError) in try writer.makeRoom(forSubjects: 60 * 1024) }
      case .append: break
      }
      try await store.append(20, of: "bert")
    }
  }

  /// A copy of it in which some things are those of before.
  func assembled(_ old: Set<Thing>) throws -> MemoryHome {
    let trial = home.copy()
    for path in old.flatMap(\.paths) {
      try trial.disk.remove(path)
      try trial.copy(Self.folder + path, to: path)
    }
    return trial
  }
}
