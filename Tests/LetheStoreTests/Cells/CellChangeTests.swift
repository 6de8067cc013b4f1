import LetheCrypto
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// Each change of cells, stopped before and after each of its steps; then a start with all cells, or without one.
@Suite struct CellChangeTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let thresholds: [Int]
    let lost: Int?
    let after: Int
    let threshold: Int
    /// Given where the cell of a number lies.
    let change: @Sendable ((Int) -> String) -> CellChange

    static let all = [
      Example(testDescription: "a second cell", thresholds: [1], lost: nil, after: 2, threshold: 1) {
        .add(path: $0(2))
      },
      Example(testDescription: "a third cell", thresholds: [1, 1], lost: nil, after: 3, threshold: 2) {
        .add(path: $0(3))
      },
      Example(testDescription: "another for a lost one", thresholds: [1, 1, 2], lost: 2, after: 3, threshold: 2) {
        .replace(number: 2, path: $0(4))
      },
      Example(testDescription: "another for the only one", thresholds: [1], lost: nil, after: 1, threshold: 1) {
        .replace(number: 1, path: $0(4))
      },
      Example(testDescription: "one fewer", thresholds: [1, 1, 2], lost: nil, after: 2, threshold: 1) { _ in
        .drop(number: 1)
      },
    ]
  }

  static let steps: [ObservedStep] = [.writePages, .ship, .stage, .verify, .recordEpoch, .retire, .deleteUnreachable]
    .map { .action($0) }

  @Test(arguments: Example.all)
  func `a change of cells that stops at any step is made or taken back at the next start`(example: Example) async throws
  {
    for step in Self.steps {
      for moment in CommitMoment.allCases {
        let home = try await CellHome(cells: example.thresholds)
        if let lost = example.lost { try home.takeAway(lost) }
        let stop = CommitCrashTests.Stop(step, moment)
        try await home.home.crashedSession(stop.observer) { (store) async throws in
          stop.arm()
          #expect(throws: LetheError.self) {
            try store.changeCells(example.change(home.path), threshold: example.threshold)
          }
        }
        let note = "\(example.testDescription), \(moment) \(step)"
        #expect(stop.hasStopped, "\(note)")
        try await home.home.session { (store) async throws in
          try home.checkReading(store, note)
          #expect([example.thresholds.count, example.after].contains(store.cellCount), "\(note)")
          #expect(!store.hasLeavingCells && !home.files.exists(home.home.home.nextPlaces), "\(note)")
        }
        // Made or not, it can be made, and forgetting works with it.
        try await home.home.session { (store) async throws in
          let isMade =
            store.cellCount == example.after && store.cellThreshold == example.threshold
            && (example.after != example.thresholds.count
              || home.files.exists(home.path(4)) && (try? home.labels(4).isEmpty) == false)
          if !isMade { try store.changeCells(example.change(home.path), threshold: example.threshold) }
          #expect(store.cellCount == example.after && store.cellThreshold == example.threshold, "\(note)")
          try forget("anna", in: store)
          try home.checkReading(store, forgotten: ["anna"], note)
        }
        #expect(try home.status().map(\.state) == Array(repeating: .current, count: example.after), "\(note)")
        for number in 1...4 where home.files.exists(home.path(number)) {
          #expect(try home.labels(number).count <= 1, "\(note)")
        }
      }
    }
  }

  @Test func `cells that cannot be are refused with a sentence, and nothing changes`() async throws {
    let home = try await CellHome(cells: [1, 1])
    let folder = TemporaryDirectory()
    try await home.home.session { (store) async throws in
      _ = try store.addReplica(folder.path("replica"))
      let epoch = try Store.keyStatus(home.home.home).epoch
      func refused(_ change: CellChange, _ threshold: Int? = nil, _ code: LetheError.Code) {
        let error = #expect(throws: LetheError.self) { try store.changeCells(change, threshold: threshold) }
        #expect(error?.code == code && error?.message.contains(";") == true, "\(String(describing: error))")
      }
      refused(.add(path: home.path(2)), nil, .refused)
      refused(.add(path: "relative"), nil, .input)
      refused(.add(path: folder.path("not/there/cell")), nil, .io)
      refused(.add(path: folder.path("replica/cell")), nil, .refused)
      // In the home, by whatever name, is where backups take what they find.
      let own = home.home.home.path
      for place in ["/Log/b.cell", "/Keys/../Log/b.cell", "/Policies/./b.cell", "/ReadModels/b.cell", "/b.cell"] {
        refused(.add(path: own + place), nil, .refused)
      }
      refused(.add(path: home.path(3)), 4, .input)
      refused(.drop(number: 3), nil, .input)
      refused(.replace(number: 0, path: home.path(3)), nil, .input)
      // The very file of the first cell by its whole path.
      refused(.replace(number: 2, path: home.path(1)), nil, .io)
      // Another store's cell.
      let other = try TestHome()
      refused(.add(path: other.home.rootCell), nil, .refused)
      let foreign = folder.path("foreign.cell")
      try home.files.replace(foreign, with: home.files.contents(ofFile: other.home.rootCell))
      refused(.add(path: foreign), nil, .io)
      #expect(try FileRootCell(path: foreign, .open, random: SeededRandom()).labels().count == 1)
      #expect(try Store.keyStatus(home.home.home).epoch == epoch)
      #expect(store.cellCount == 2)
      try home.checkReading(store)
      try store.changeCells(.drop(number: 2))
      refused(.drop(number: 1), nil, .refused)
    }
  }
}
