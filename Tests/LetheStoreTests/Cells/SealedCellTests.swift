import Foundation
import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheStore

@Suite struct SealedCellTests {
  private static let passphrase = "rosy-fingered dawn, 17 ships"
  private static let keyBytes = [UInt8]((1...48).map { $0 &* 37 })

  /// A home with a plain cell, one sealed by a passphrase and one by a key file, of which any two make the root.
  private struct Scene {
    let home: TestHome
    let outside = TemporaryDirectory()
    let files = LocalFileSystem()

    var passphraseFile: String { outside.path("passphrase") }
    var keyFile: String { outside.path("cell.key") }
    func cell(_ number: Int) -> String { number == 1 ? home.home.rootCell : outside.path("cell-\(number)") }

    func open(passphrase: Bool = true) throws -> Store {
      try Store.open(
        home.home, waiting: .zero,
        in: World(
          clock: home.clock, passphraseFile: passphrase ? passphraseFile : nil,
          sealingCost: Scrypt.Cost(rounds: 10, blocks: 8, lanes: 1)))
    }

    func session(passphrase: Bool = true, _ body: (Store) async throws -> Void) async throws {
      let store = try open(passphrase: passphrase)
      try await body(store)
      try store.close()
    }

    init() async throws {
      home = try TestHome()
      try files.replace(passphraseFile, with: Array((SealedCellTests.passphrase + "\nsecond line\n").utf8))
      try files.replace(keyFile, with: SealedCellTests.keyBytes)
      try await session { (store) async throws in
        for number in 0..<6 { try await store.append(number, of: CellHome.names[number % 3]) }
        try store.changeCells(.add(path: cell(2), sealed: .passphrase))
        try store.changeCells(.add(path: cell(3), sealed: .keyFile(keyFile)), threshold: 2)
      }
    }
  }

  @Test func `sealed places are written in one form alone, and the log's texts tell them again`() throws {
    var places = Places(
      threshold: 2,
      cells: Places.initial.cells + [
        Places.Cell(kind: "file", path: "/mnt/b/cell", sealing: .passphrase),
        Places.Cell(kind: "file", path: "/mnt/c/cell", sealing: .keyFile("/mnt/k/cell.key")),
      ], replicas: ["/mnt/b/lethe-keys"])
    #expect(
      String(decoding: places.encoded, as: UTF8.self)
        == #"{"k":2,"cells":[{"kind":"file","path":"Keys/root.cell"},{"kind":"file","path":"/mnt/b/cell","sealed":"passphrase"},"#
        + #"{"kind":"file","path":"/mnt/c/cell","sealed":"key-file","keyFile":"/mnt/k/cell.key"}],"#
        + #""replicas":["/mnt/b/lethe-keys"]}"# + "\n")
    places.leaving = Places.Leaving(threshold: 1, cells: [places.cells[2], places.cells[0]])
    #expect(try Places(decoding: places.encoded) == places)
    #expect(try Places(places.change, texts: places.texts) == places)
    for wrong in [#""sealed":"tpm""#, #""sealed":"key-file""#, #""sealed":"passphrase","keyFile":"/a""#] {
      let text = #"{"k":1,"cells":[{"kind":"file","path":"/c",\#(wrong)}],"replicas":[]}"# + "\n"
      #expect(throws: LetheError(.damage, "")) { try Places(decoding: Array(text.utf8)) }
    }
  }

  @Test func `whoever is forgotten is gone, who lives is read, and status tells how cells are sealed`() async throws {
    let scene = try await Scene()
    try await scene.session { (store) async throws in
      try forget("anna", in: store)
      #expect(store.awayCells.isEmpty && store.holdup == nil && store.unfinishedForgets == 0)
    }
    try await scene.session { (store) async throws in
      #expect(try store.items().prefix(6).map { $0.text == nil } == [true, false, false, true, false, false])
    }
    let cells = try Store.keyStatus(scene.home.home).cells
    #expect(cells.map(\.state) == [.current, .current, .current])
    #expect(cells.map(\.sealing) == [nil, .passphrase, .keyFile(scene.keyFile)])
  }

  @Test func `a sealed cell without its passphrase, or with a wrong one, counts as away`() async throws {
    let scene = try await Scene()
    try await scene.session(passphrase: false) { (store) async throws in
      let away = try #require(store.awayCells.first)
      #expect(store.awayCells.count == 1 && away.code == .missingKey && away.place == "cell 2")
      #expect(away.message.hasPrefix("cell 2 is sealed by a passphrase; name the file"))
      #expect(try store.items().count { $0.text != nil } >= 6)
    }
    try scene.files.replace(scene.passphraseFile, with: Array("another\n".utf8))
    let before = try scene.files.contents(ofFile: scene.cell(2))
    try await scene.session { (store) async throws in
      #expect(store.awayCells.map(\.message).first?.hasPrefix("cell 2 does not open with this passphrase;") == true)
    }
    #expect(try scene.files.contents(ofFile: scene.cell(2)) == before)
    try scene.files.remove(scene.keyFile)
    let error = #expect(throws: LetheError.self) { try scene.open() }
    #expect(error?.code == .missingKey && error?.place == "cell 2")
    // Each says what it lacks, since that can be mended at once.
    #expect(error?.message.contains("cell 2 does not open with this passphrase;") == true)
    #expect(error?.message.contains("the key file of cell 3 is not there;") == true)
    try scene.files.replace(scene.passphraseFile, with: Array((Self.passphrase + "\n").utf8))
    try await scene.session { (store) async throws in
      #expect(store.awayCells.map(\.message).first?.hasPrefix("the key file of cell 3 is not there;") == true)
    }
  }

  @Test func `a plain cell is replaced by a sealed one, and needs a passphrase to be`() async throws {
    let scene = try await Scene()
    let change = CellChange.replace(number: 1, path: scene.cell(4), sealed: .passphrase)
    try await scene.session(passphrase: false) { (store) async throws in
      #expect(throws: LetheError(.missingKey, "")) { try store.changeCells(change) }
    }
    #expect(!scene.files.exists(scene.cell(4)))
    #expect(try Store.keyStatus(scene.home.home).cells.map(\.sealing?.name) == [nil, "passphrase", "key-file"])
    try await scene.session { (store) async throws in
      try store.changeCells(change)
      #expect(!store.hasLeavingCells && store.cellCount == 3)
    }
    #expect(
      try Store.keyStatus(scene.home.home).cells.map(\.sealing?.name) == ["passphrase", "passphrase", "key-file"])
  }

  @Test func `neither passphrase nor key nor share is left in any file`() async throws {
    let scene = try await Scene()
    try await scene.session { (store) async throws in try forget("anna", in: store) }
    var secrets = [Array(Self.passphrase.utf8), Self.keyBytes]
    for (number, sealing) in [(2, CellSealing.passphrase), (3, .keyFile(scene.keyFile))] {
      let text = sealing == .passphrase ? Array(Self.passphrase.utf8) : Self.keyBytes
      let seal = CellSeal(sealing == .passphrase ? .passphrase : .keyFile, name: "cell") { () throws(LetheError) in
        try Secret(copying: text.span.bytes)
      }
      let shares = try FileRootCell(
        path: scene.cell(number), .open, sealedBy: seal, random: SeededRandom()
      ).readAll()
      #expect(shares.count == 1)
      secrets += shares.map { $0.secret.withBytes { [UInt8](copying: $0) } }
    }
    let whole = try scene.home.bytes(of: ["Keys", "Log"])
    let cells = try [2, 3].map { (path: "cell \($0)", bytes: try scene.files.contents(ofFile: scene.cell($0))) }
    for (path, bytes) in whole + cells {
      let data = Data(bytes)
      for secret in secrets {
        #expect(data.range(of: Data(secret)) == nil, "\(path)")
        for text in [secret.hex, secret.hex.uppercased(), secret.base64] {
          #expect(data.range(of: Data(text.utf8)) == nil, "\(path)")
        }
      }
    }
  }
}
