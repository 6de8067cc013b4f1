import LetheCrypto
import LetheTesting
import LetheVault
import Testing

@Suite struct FenceTests {
  @Test func `a fence of many pages remembers everybody, with all owners, and nobody else`() throws {
    var generator = SeededGenerator(seed: 3)
    let values = (0..<6000).map { _ in Digest(generator.bytes(32))! }
    let owners = (0..<2).map { _ in Digest(generator.bytes(32))! }.sorted()
    let home = VaultHome()
    try home.create()
    for start in stride(from: 0, to: values.count, by: 1500) {
      try home.commit(CommitRequest(fence: values[start..<start + 1500].map { FenceEntry(value: $0, owners: []) }))
    }
    // The same value once more, with owners: both are kept.
    for owner in owners { try home.commit(CommitRequest(fence: [FenceEntry(value: values[7], owners: [owner])])) }
    let vault = try home.reopen()
    #expect(vault.missingPages.isEmpty)
    for (number, value) in values.enumerated() {
      #expect(try vault.fenceEntry(value)?.owners == (number == 7 ? owners : []))
    }
    for _ in 0..<100 { #expect(try vault.fenceEntry(Digest(generator.bytes(32))!) == nil) }
    // Each commit leaves only what the root page leads to: 64 + 1 + 1 blocks, the root page, four or more fence pages.
    #expect(try home.pages.keys().count >= 67 + 4)
    #expect(try home.pages.keys().count <= 67 + 16)
  }
}
