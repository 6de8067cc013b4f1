import LetheCrypto
import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// The home that trials begin with: nine events of three people, one replica, closed; and what must hold after each.
struct FaultScene {
  static let names = ["anna", "bert", "cleo"]

  let home: MemoryHome
  let texts: [String?]
  let subjects: [SubjectIndex]
  /// All page rows of before.
  let rows: [PageRow]

  /// Made once; every trial copies it.
  static var shared: FaultScene { get async throws { try await made.value } }

  private static let made = Task { try await FaultScene() }

  private init() async throws {
    home = try MemoryHome()
    var subjects: [SubjectIndex] = []
    var texts: [String?] = []
    try await home.session { (store) async throws in
      for number in 0..<9 { try await store.append(number, of: Self.names[number % 3]) }
      _ = try store.addReplica(MemoryHome.replica)
      texts = try store.items().map(\.text)
      subjects = try Self.names.map { try #require(try store.subjectIndex(ofSubject: $0)) }
    }
    self.subjects = subjects
    self.texts = texts
    rows = try home.pageRows()
  }

  /// Opens the home and holds it against every promise: a forget that was started is finished, one that was not left no
  /// trace or was finished; the living are read; all that was acknowledged is there; one root alone is left, and together
  /// with every page ever written it opens the living and nobody forgotten.
  ///
  /// - Parameters:
  ///   - earlier: page rows of the time in between.
  ///   - more: what else must hold.
  func check(
    _ home: MemoryHome, _ outcome: FaultOutcome, earlier: [PageRow] = [], _ place: Comment,
    _ more: (Store) async throws -> Void = { _ in }
  ) async throws {
    let rows = self.rows + earlier + (try home.pageRows())
    try await home.session { (store) async throws in
      let facts = try store.items(.all, ReadOptions(facts: .included)).compactMap(\.fact?.name)
      let started = facts.count { $0 == "ForgetStarted" }
      #expect(started == facts.count { $0 == "KeysDestroyed" }, place)
      #expect(started == 1 || (started == 0 && !outcome.isStarted), place)
      let items = try store.items()
      try #require(items.count >= 9, place)
      for (number, item) in items.prefix(9).enumerated() {
        guard started == 1, number % 3 == 0 else {
          #expect(item.text == texts[number], place)
          continue
        }
        if case .shredded = item.state { continue }
        Issue.record("anna's event is \(String(describing: item.state)): \(place)")
      }
      #expect(try store.status(ofSubject: "anna").state == (started == 1 ? .shredded : .live), place)
      // What was not acknowledged may be there too, whole.
      let since = items.dropFirst(9).map(\.text)
      #expect(outcome.acknowledged.allSatisfy { since.contains($0) }, place)
      #expect(Set(since).count == since.count, place)
      try await more(store)
      try await store.append(90, of: "bert")
      if started == 1 {
        await #expect(throws: LetheError(.shredded, ""), place) { try await store.append(91, of: "anna") }
      } else {
        try await store.append(91, of: "anna")
      }
    }
    let roots = try home.roots()
    // A cell that was away when it was left may keep a share of a dead root; fewer than make it.
    #expect(try Root.all(of: roots).count == 1, place)
    let closure = try KeyClosure(
      rows: rows + (try home.pageRows()), roots: Root.all(of: roots), storeID: try #require(roots.first).storeID)
    let isGone = try home.hasForgotten()
    for (number, subject) in subjects.enumerated() {
      for slot in 0...1 {
        let key = try closure.dataKey(subject.kid(slot: slot))
        #expect((key == nil) == (isGone && number == 0), place)
      }
    }
  }
}

extension MemoryHome {
  /// All rows of the vault and of the replica, read from a copy of the disk.
  func pageRows() throws -> [PageRow] {
    let copy = disk.crash(.all)
    var rows: [PageRow] = []
    for path in [Self.home.vault, Self.replica + "/vault.sqlite"] where copy.exists(path) {
      let store = try SQLitePageStore(path: path, .readWrite, in: copy)
      rows += try store.rows()
    }
    return rows
  }

  /// Whether the log says so.
  func hasForgotten() throws -> Bool {
    let evidence = try Evidence(scanning: ClosedHome(Self.home, in: world()).log())
    return !evidence.destroyed.nodes.isEmpty
  }
}
