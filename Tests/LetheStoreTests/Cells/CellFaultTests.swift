import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// Every call of a change of cells to the disk, stopped, torn and failed in turn; then a start with all cells, or without
/// one, which comes back later. Sampled as in `ForgetFaultTests`.
@Suite struct CellFaultTests {
  private typealias Example = CellChangeTests.Example

  /// Nine events of three people, the root shared as the change finds it.
  private static func home(_ scene: FaultScene, _ example: Example) async throws -> MemoryHome {
    // Draws other bytes than the trials, which begin with copies of it.
    let home = scene.home.copy(seed: 77)
    try await home.addCells(to: example.thresholds.count, threshold: example.thresholds.last ?? 1)
    try home.disk.createDirectory(MemoryHome.cellFolder)
    if let lost = example.lost { try home.takeAwayCell(lost) }
    return home
  }

  @Test(arguments: CellChangeTests.Example.all, FaultTrial.Kind.allCases)
  func `P3 P4 P7 a change of cells of which any call goes wrong is made or taken back, as it says`(
    example: CellChangeTests.Example, kind: FaultTrial.Kind
  ) async throws {
    let scene = try await FaultScene.shared
    let deed: FaultTrial.Deed = { (home, outcome, arm) async throws in
      let store = try home.open(outcome.observer)
      arm()
      do throws(LetheError) {
        try store.changeCells(example.change(MemoryHome.cell), threshold: example.threshold)
        outcome.answer()
      } catch {
        #expect(error.code == .io, "\(error)")
        if error.message.hasPrefix("the change of cells was taken back") { outcome.takeBack() }
      }
      return store
    }
    var trial = FaultTrial(scene: scene, home: try await Self.home(scene, example), deed: deed)
    let numbers = Array(1...4)
    trial.between = { (home, number) async throws in
      // Of five starts one has all cells.
      guard let away = ([nil] + numbers.map { Optional($0) })[number % 5], home.disk.exists(MemoryHome.cell(away))
      else { return }
      try home.takeAwayCell(away)
      do {
        let store = try home.open()
        #expect(try store.items().prefix(9).map(\.text) == scene.texts)
        try store.close()
      } catch let error as LetheError {
        #expect([.missingKey, .io].contains(error.code) && error.message.contains(";"), "\(error)")
      }
      // Where nothing was in its place the disk made nothing either.
      #expect(!home.disk.exists(MemoryHome.cell(away)))
      try home.bringBackCell(away)
    }
    trial.afterwards = { (home, rows, place) async throws in
      try await Self.forgetAnna(scene, home, rows, place)
    }
    for lane in FaultTrial.lanes {
      try await trial.sweep(kind, lane: lane, oneIn: 250, seed: 7, endings: .inTurn) { (store, outcome) async throws in
        #expect([example.thresholds.count, example.after].contains(store.cellCount))
        #expect(!store.hasLeavingCells && store.holdup == nil && !store.files.exists(store.home.nextPlaces))
        if outcome.isAnswered { #expect(store.cellCount == example.after && store.cellThreshold == example.threshold) }
        if outcome.isTakenBack { #expect(store.cellCount == example.thresholds.count) }
      }
    }
  }

  /// Whatever became of the change, forgetting works, and no share of any root of before opens anything.
  private static func forgetAnna(
    _ scene: FaultScene, _ home: MemoryHome, _ rows: [PageRow], _ place: Comment
  ) async throws {
    let (before, earlier) = (try home.roots(), rows + (try home.pageRows()))
    try await home.session { (store) async throws in
      try forget("anna", in: store)
      #expect(store.awayCells.count == store.awayCells.filter { $0.place == "cell 2" }.count, place)
    }
    let shares = try home.roots()
    #expect(try Root.all(of: shares).count == 1, place)
    let now = earlier + (try home.pageRows())
    func reaches(_ shares: [RootShare], _ subject: Int) throws -> Bool {
      let closure = try KeyClosure(rows: now, roots: Root.all(of: shares), storeID: try #require(shares.first).storeID)
      return try closure.dataKey(scene.subjects[subject].kid(slot: 1)) != nil
    }
    #expect(try !reaches(shares, 0) && reaches(shares, 1), place)
    // The control: with the root of before she would be back.
    #expect(try reaches(before, 0), place)
  }
}
