import Glibc
import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@Suite struct SecretTests {
  private struct NoRandomness: RandomSource {
    func fill(_ buffer: inout MutableRawSpan) throws(LetheError) { throw LetheError(.io, "there is none") }
  }

  @Test(arguments: [0, 1, 16, 17, 32, 48, 100, 4_095, 4_096, 4_097, 16_384, 16_385, 100_000])
  func `secrets begin as zeros, hold what is written and copy it`(count: Int) throws {
    var random = SeededRandom(seed: 12)
    // Twice, so that the memory of the first is used again.
    for _ in 0..<2 {
      var secret = try Secret(count: count)
      #expect(secret.count == count)
      #expect(secret.revealed.allSatisfy { $0 == 0 })
      let content = random.bytes(count)
      secret.withMutableBytes { span in
        span.withUnsafeMutableBytes { $0.copyBytes(from: content) }
      }
      let copy = try secret.copy()
      secret.withMutableBytes { span in
        span.withUnsafeMutableBytes { for index in $0.indices { $0[index] = 0 } }
      }
      #expect(copy.revealed == content)
      #expect(try Secret(content).revealed == content)
    }
  }

  @Test func `random secrets differ, and no secret is made without randomness`() throws {
    let first = try Secret(count: 32, random: SystemRandom())
    let second = try Secret(count: 32, random: SystemRandom())
    #expect(first.revealed != second.revealed)
    #expect(throws: LetheError(.io, "")) { _ = try Secret(count: 32, random: NoRandomness()).count }
  }

  @Test(arguments: [4_096, 8_192, 16_384, 20_000])
  func `secrets of a page and more begin on a page`(count: Int) throws {
    let secrets = try (0..<3).map { _ in SecretBox(try Secret(count: count)) }
    for box in secrets { #expect(box.address.isMultiple(of: 4_096)) }
  }

  /// 32 bytes lie in the heap, 20,000 in pages of their own.
  @Test(.disabled(if: Sanitizer.isActive, "a sanitizer's mlock does nothing"), arguments: [32, 20_000])
  func `secrets are locked in memory and left out of core dumps`(count: Int) throws {
    let box = SecretBox(try Secret(count: count))
    let details = try MemorySearch.details(at: box.address)
    let flags = (details["VmFlags"] ?? "").split(separator: " ")
    #expect(flags.contains("dd"))
    // The machine may refuse to lock; then the status says so.
    #expect(flags.contains("lo") || SecretMemory.status != .locked)
    if SecretMemory.status == .locked { #expect(details["Locked"] != "0 kB") }
  }

  @Test(.disabled(if: Sanitizer.isActive, "a sanitizer's mlock does nothing"))
  func `a full heap leaves libcrypto its share and secrets go on in pages of their own`() async {
    await #expect(processExitsWith: .success) {
      do {
        var boxes: [SecretBox] = []
        for _ in 0..<4_500 { boxes.append(SecretBox(try Secret(count: 1_024, random: SystemRandom()))) }
        let last = try MemorySearch.details(at: boxes[4_499].address)
        #expect(last["VmFlags"]?.split(separator: " ").contains("dd") == true)
        #expect(last["VmFlags"]?.split(separator: " ").contains("lo") == true || SecretMemory.status != .locked)
        let seed = try Secret(count: 32, random: SystemRandom())
        let signing = try SigningKey(seed: seed)
        let signature = try signing.sign(([1] as [UInt8]).span.bytes)
        #expect(signing.verifyingKey.verify(signature.span.bytes, of: ([1] as [UInt8]).span.bytes) == .authentic)
        #expect(Set(boxes.map(\.address)).count == 4_500)
        boxes = []
        for _ in 0..<100 { boxes.append(SecretBox(try Secret(count: 1_024))) }
        #expect(boxes.allSatisfy { $0.secret.revealed.allSatisfy { $0 == 0 } })
      } catch {
        Issue.record(error)
      }
    }
  }
}

/// A secret that can stand in an array.
final class SecretBox: Sendable {
  let secret: Secret

  init(_ secret: consuming Secret) { self.secret = secret }

  var address: UInt { secret.withBytes { $0.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } } }
}
