import COpenSSL
import Glibc
import LetheCrypto
import LetheSystem
import LetheTesting
import Synchronization
import Testing

/// What is left in memory of keys that are gone. Each test runs in a process of its own, where no other test changes the
/// memory that is searched.
@Suite(.disabled(if: Sanitizer.isActive, "a sanitizer keeps what was freed, and terabytes to search"))
struct ResidueTests {
  @Test func `a dropped key is nowhere in the process's memory`() async {
    await #expect(processExitsWith: .success) {
      var needles: [Needle] = []
      do {
        let keyBox = try keyFromAnotherThread()
        let seedBox = try keyFromAnotherThread()
        let derived = try HMACSHA256.derive(
          from: keyBox.secret, label: "lethe/v1/enc", context: derivationContext.span.bytes)
        needles += Needle.forms(of: keyBox.secret, "key") + Needle.forms(of: derived, "derived key")
        needles += Needle.forms(of: seedBox.secret, "seed")
        needles += try Needle.lastSchedule(of: seedBox.secret)
        for start in [0, 32] {
          let half = try expandedSeed(seedBox.secret, start)
          // The scalar's first and last bytes are changed before use.
          needles += Needle.forms(of: half, "expanded seed \(start)").filter { !$0.name.contains("XOR") }
        }
        let message = try messageKey(of: derived, for: nonce)
        needles += Needle.forms(of: message, "message key").filter { !$0.name.contains("schedule") }

        let keys = try Keys(key: keyBox.secret, derived: derived, seed: seedBox.secret)
        // Each on a thread of its own that lives on, so that its stack is there to be searched as it was left.
        for task in KeyTask.allCases { try onAnotherThread { try keys.perform(task) } }
        for task in KeyTask.allCases { try keys.perform(task) }

        let alive = try MemorySearch.find(needles)
        let found = Set(alive.map(\.needle))
        for name in ["key", "derived key", "seed", "message key"] {
          #expect(found.contains("\(name), plain 0") && found.contains("\(name), plain 16"), "control: \(name)")
        }
        // Of living keys nothing is where it has no owner.
        let transient = alive.filter { $0.mapping.contains("[stack]") }
        #expect(transient.isEmpty, "\(transient)")
      } catch {
        Issue.record(error)
      }
      SecretMemory.cleanseContexts()
      do {
        let left = try MemorySearch.find(needles)
        #expect(left.isEmpty, "\(left)")
      } catch {
        Issue.record(error)
      }
    }
  }

  @Test func `a forgotten copy anywhere would be found`() async {
    await #expect(processExitsWith: .success) {
      do {
        let key = try Secret(count: 32, random: SystemRandom())
        let needles = Needle.forms(of: key, "key")
        let before = try MemorySearch.find(needles)
        let heap = key.revealed
        let after = try MemorySearch.find(needles)
        #expect(Set(before.map(\.start)).count == 1)
        #expect(Set(after.map(\.start)).count == 2, "\(after)")
        #expect(heap.count == 32)
      } catch {
        Issue.record(error)
      }
    }
  }
}

private let derivationContext: [UInt8] = [1, 2, 3]
private let nonce = [UInt8](repeating: 0x4E, count: 24)

private final class Keys: Sendable {
  private let key: Secret
  private let sealing: SealingKey
  private let seed: Secret
  private let signing: SigningKey

  init(key: borrowing Secret, derived: borrowing Secret, seed: borrowing Secret) throws {
    self.key = try key.copy()
    sealing = try SealingKey(derived)
    self.seed = try seed.copy()
    signing = try SigningKey(seed: seed)
  }

  func perform(_ task: KeyTask) throws {
    let text = [UInt8](repeating: 7, count: 300)
    let short = Array(nonce.prefix(12))
    switch task {
    case .copy: _ = try key.copy()
    case .authenticate: _ = HMACSHA256.authenticate(text.span.bytes, key: key)
    case .deriveDigest: _ = HMACSHA256.deriveDigest(from: key, label: "lethe/v1/commit", context: text.span.bytes)
    case .derive: _ = try HMACSHA256.derive(from: key, label: "lethe/v1/enc", context: derivationContext.span.bytes)
    case .expand: _ = try SealingKey(key)
    case .sealPage: _ = try AES256GCM.seal(text, key: key, nonce: short, data: text)
    case .openPage:
      let page = try AES256GCM.seal(text, key: key, nonce: short, data: text)
      try check(AES256GCM.open(page, key: key, nonce: short, data: text).0, .authentic)
    case .refusePage: try check(AES256GCM.open(text, key: key, nonce: short, data: text).0, .forged)
    case .sealPart: _ = try sealing.seal(text, nonce: nonce, data: text)
    case .openPart:
      let sealed = try sealing.seal(text, nonce: nonce, data: text)
      try check(sealing.open(sealed, nonce: nonce, data: text).0, .authentic)
    case .refusePart: try check(sealing.open(text, nonce: nonce, data: []).0, .forged)
    case .makeSigner: _ = try SigningKey(seed: seed)
    case .sign:
      let signature = try signing.sign(text.span.bytes)
      #expect(signature.count == 64)
    }
  }

  private func check(_ verdict: Authenticity, _ expected: Authenticity) throws {
    guard verdict == expected else { throw LetheError(.io, "a seal is not what it should be") }
  }
}

/// What can be done with keys.
private enum KeyTask: CaseIterable {
  case copy, authenticate, deriveDigest, derive, expand, sealPage, openPage, refusePage, sealPart, openPart, refusePart
  case makeSigner, sign
}

/// Runs the body on a thread that lives on.
private func onAnotherThread(_ body: @escaping @Sendable () throws -> Void) throws {
  let outcome = Outcome(body)
  try WorkerThread.start {
    outcome.run()
    while true { pause() }
  }
  while true {
    switch outcome.state.withLock({ $0 }) {
    case .waiting: usleep(100)
    case .done: return
    case .failed: throw LetheError(.io, "a thread failed to do its work")
    }
  }
}

private final class Outcome: Sendable {
  enum State { case waiting, done, failed }

  let state = Mutex(State.waiting)
  private let body: Mutex<(@Sendable () throws -> Void)?>

  init(_ body: @escaping @Sendable () throws -> Void) { self.body = Mutex(body) }

  /// Runs the body and lets go of what it holds.
  @inline(never)
  func run() {
    let body = body.withLock { body in
      defer { body = nil }
      return body
    }
    do {
      try body?()
      state.withLock { $0 = .done }
    } catch {
      state.withLock { $0 = .failed }
    }
  }
}

/// A random key whose making left its traces on a thread that lives on.
private func keyFromAnotherThread() throws -> SecretBox {
  let slot = Slot()
  try onAnotherThread { slot.put(SecretBox(try Secret(count: 32, random: SystemRandom()))) }
  guard let box = slot.take() else { throw LetheError(.io, "no key was made") }
  return box
}

private final class Slot: Sendable {
  private let box = Mutex<SecretBox?>(nil)

  func put(_ new: SecretBox) { box.withLock { $0 = new } }

  func take() -> SecretBox? {
    box.withLock { box in
      defer { box = nil }
      return box
    }
  }
}

/// Half of SHA-512(seed), from which Ed25519 makes its scalar (first half) and nonces (second half).
private func expandedSeed(_ seed: borrowing Secret, _ start: Int) throws -> Secret {
  var both = try Secret(count: 64)
  let algorithm = EVP_MD_fetch(nil, "SHA512", nil)
  defer { EVP_MD_free(algorithm) }
  seed.withBytes { seed in
    seed.withUnsafeBytes { seed in
      both.withMutableBytes { both in
        both.withUnsafeMutableBytes { both in
          let out = both.baseAddress?.assumingMemoryBound(to: UInt8.self)
          #expect(EVP_Digest(seed.baseAddress, seed.count, out, nil, algorithm, nil) == 1)
        }
      }
    }
  }
  lethe_clear_deep_traces()
  return try both.withBytes { try Secret(copying: $0.extracting(start..<start + 32)) }
}

/// XAES-256-GCM's key for one nonce, made as the specification says.
private func messageKey(of key: borrowing Secret, for nonce: [UInt8]) throws -> Secret {
  var blocks = try Secret(count: 32)
  let algorithm = EVP_CIPHER_fetch(nil, "AES-256-ECB", nil)
  let context = EVP_CIPHER_CTX_new()
  defer {
    EVP_CIPHER_CTX_free(context)
    EVP_CIPHER_free(algorithm)
  }
  key.withBytes { key in
    key.withUnsafeBytes { key in
      blocks.withMutableBytes { blocks in
        blocks.withUnsafeMutableBytes { out in
          let start = out.baseAddress?.assumingMemoryBound(to: UInt8.self)
          var count: Int32 = 0
          let raw = key.baseAddress?.assumingMemoryBound(to: UInt8.self)
          #expect(EVP_EncryptInit_ex(context, algorithm, nil, raw, nil) == 1)
          #expect(EVP_EncryptUpdate(context, start, &count, start, 16) == 1)
          let carry = out[0] >> 7
          for index in 0..<16 {
            out[index] = out[index] << 1 | (index < 15 ? out[index + 1] >> 7 : 0)
            if index == 15 { out[15] ^= carry * 0x87 }
            out[16 + index] = out[index]
          }
          for (block, number) in [(0, UInt8(1)), (16, UInt8(2))] {
            out[block + 1] ^= number
            out[block + 2] ^= 0x58
            for index in 0..<12 { out[block + 4 + index] ^= nonce[index] }
          }
          #expect(EVP_EncryptUpdate(context, start, &count, start, 32) == 1)
        }
      }
    }
  }
  return blocks
}
