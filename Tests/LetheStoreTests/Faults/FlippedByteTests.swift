import LetheSystem
import LetheTesting
import Testing

/// Every byte of a small home changed in turn: named as damage, or harmless; never a wrong event, never a living person
/// who is called shredded, never a crash.
///
/// The suite takes a seeded 2 %; `LETHE_EXHAUSTIVE=1` takes all and prints what they came to.
@Suite struct FlippedByteTests {
  static let files = [
    "Log/00000000000000000000.segment", "Log/checkpoint", "Keys/root.cell", "Keys/vault.sqlite",
    "Keys/directory.sqlite", "Keys/checkpoint", "Keys/run", "Keys/signing.key", "Keys/places.json",
  ]

  @Test func `all files of a home are tried`() async throws {
    #expect(try await FlipScene.shared.files.sorted() == Self.files.sorted())
  }

  @Test(arguments: files, 0..<2)
  func `a changed byte is named or harmless`(file: String, lane: Int) async throws {
    let scene = try await FlipScene.shared
    let count = scene.byteCount(file)
    try #require(count > 0)
    var generator = SeededGenerator(seed: UInt64(count))
    var outcomes: [FlipScene.Outcome: Int] = [:]
    // Of a file of few bytes some are tried all the same.
    for offset in Exhaustive.sample(count, oneIn: min(50, max(1, count / 32)), seed: UInt64(count)) {
      let mask = UInt8.random(in: 1...255, using: &generator)
      guard offset % 2 == lane else { continue }
      outcomes[await scene.flip(file, at: offset, by: mask), default: 0] += 1
    }
    #expect(!outcomes.isEmpty)
    if Exhaustive.isAsked {
      print(file, lane, outcomes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))
    }
  }

  /// SQLite reads its definitions as text, of which a changed byte makes others.
  @Test(arguments: ["Keys/directory.sqlite", "Keys/vault.sqlite"])
  func `a changed byte of a database's first page is damage, and a damaged directory is made again`(
    file: String
  ) async throws {
    let scene = try await FlipScene.shared
    var outcomes: [FlipScene.Outcome: Int] = [:]
    for offset in Exhaustive.sample(4096, oneIn: 60, seed: 11) {
      let outcome = await scene.flip(file, at: offset, by: 1)
      outcomes[outcome, default: 0] += 1
      #expect(outcome != .named(.io), "byte \(offset)")
      if file == "Keys/directory.sqlite" { #expect(outcome == .harmless, "byte \(offset)") }
    }
    #expect(!outcomes.isEmpty)
    if Exhaustive.isAsked { print(file, "first page", outcomes) }
  }
}
