import LetheCrypto
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// A home whose root is shared, and what may happen to the cells' files.
struct CellHome {
  let home: TestHome
  private let outside = TemporaryDirectory()
  static let names = ["anna", "bert", "cleo"]

  var files: LocalFileSystem { LocalFileSystem() }

  /// Six events of three people; the root shared among as many cells as there are thresholds.
  init(cells thresholds: [Int], policy: String? = nil) async throws {
    home = try TestHome(policy: policy)
    let outside = outside
    try await home.session { (store) async throws in
      for number in 0..<6 { try await store.append(number, of: Self.names[number % 3]) }
      for (place, threshold) in thresholds.enumerated().dropFirst() {
        try store.changeCells(.add(path: outside.path("cell-\(place + 1)")), threshold: threshold)
      }
    }
  }

  func path(_ number: Int) -> String { number == 1 ? home.home.rootCell : outside.path("cell-\(number)") }

  func takeAway(_ number: Int) throws { try files.rename(path(number), to: path(number) + ".away") }
  func bringBack(_ number: Int) throws { try files.rename(path(number) + ".away", to: path(number)) }

  /// A copy of a cell, to be put back later.
  func copy(_ number: Int) throws {
    try files.replace(path(number) + ".copy", with: files.contents(ofFile: path(number)))
  }
  func putCopyBack(_ number: Int) throws {
    try files.replace(path(number), with: files.contents(ofFile: path(number) + ".copy"))
  }

  func labels(_ number: Int) throws -> [ShareLabel] {
    try FileRootCell(path: path(number), .open, random: SeededRandom()).labels()
  }

  func status() throws -> [KeyStatus.Cell] { try Store.keyStatus(home.home, in: home.world()).cells }

  /// That everybody but the forgotten reads as before.
  func checkReading(_ store: Store, forgotten: Set<String> = [], _ note: String = "") throws {
    for (number, item) in try store.items().prefix(6).enumerated() {
      if forgotten.contains(Self.names[number % 3]) {
        #expect(item.text == nil, "\(note)")
      } else {
        #expect(item.state == .open, "\(note)")
      }
    }
  }
}
