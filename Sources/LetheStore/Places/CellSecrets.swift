internal import LetheCrypto
internal import LetheSystem
package import LetheVault
internal import Synchronization

/// Where a sealed cell's passphrase or key file is found. Both are read, or the passphrase asked for, when a key must be
/// made; they are kept in locked memory for that long, and named in no error.
enum CellSecrets {
  /// More than any passphrase has, and all that is read of a key file at most.
  private static let mostByteCount = 1 << 16

  /// - Parameters:
  ///   - name: what errors call the cell: `cell 2`.
  ///   - use: for what a passphrase is asked.
  static func seal(
    _ sealing: CellSealing?, named name: String, for use: PassphraseUse = .opening, _ world: World
  ) -> CellSeal? {
    let files = world.files
    switch sealing {
    case nil: return nil
    case .keyFile(let path):
      return CellSeal(.keyFile, name: name, cost: world.sealingCost) { () throws(LetheError) in
        guard files.exists(path) else {
          throw LetheError(
            .missingKey, "the key file of \(name) is not there; mount its disk or put the file back", place: name)
        }
        return try bytes(of: path, world, "the key file of \(name)", name)
      }
    case .passphrase:
      let path = world.passphraseFile
      return CellSeal(.passphrase, name: name, cost: world.sealingCost) { () throws(LetheError) in
        if path == nil, let prompt = world.passphrasePrompt { return try ask(prompt, use, name) }
        guard let path, files.exists(path) else {
          let what = path == nil ? "is sealed by a passphrase" : "is sealed by a passphrase, and its file is not there"
          throw LetheError(
            .missingKey, "\(name) \(what); name the file that has it in its first line in \(World.passphraseVariable)",
            place: name)
        }
        let passphrase = try bytes(of: path, world, "the passphrase's file", name).prefix(before: UInt8(ascii: "\n"))
        guard passphrase.count > 0 else {
          throw LetheError(
            .missingKey, "the passphrase's file has an empty first line; write the passphrase of \(name) there",
            place: name)
        }
        return passphrase
      }
    }
  }

  private static func ask(
    _ prompt: any PassphrasePrompt, _ use: PassphraseUse, _ name: String
  ) throws(LetheError) -> Secret {
    do throws(LetheError) { return try prompt.answer(use) } catch {
      switch use {
      case .sealing: throw error
      case .opening:
        throw LetheError(
          .missingKey, "\(name) is sealed by a passphrase: \(error.message)", place: name, cause: error.cause)
      }
    }
  }

  private static func bytes(
    of path: String, _ world: World, _ what: String, _ name: String
  ) throws(LetheError) -> Secret {
    let file: any File
    let facts: FileFacts
    do throws(LetheError) {
      file = try world.files.open(path, .read, as: .cellSecret)
      facts = try file.facts()
    } catch {
      // What was opened and refused is told with the reason, but never named.
      let reason = error.message.dropFirst("\(path.lastPathComponent): ".count)
      throw LetheError(
        .missingKey, error.cause == nil ? "\(what): \(reason)" : "\(what) cannot be read; check who may", place: name,
        cause: error.cause)
    }
    if facts.kind == .pipe {
      return try world.pipedSecrets.secret(path) { () throws(LetheError) in
        let most = try read(file, count: mostByteCount + 1, what, name)
        try demandLength(most.count, what, name)
        return most
      }
    }
    try demandLength(facts.byteCount, what, name)
    let secret = try read(file, count: facts.byteCount, what, name)
    guard secret.count == facts.byteCount else {
      throw LetheError(.missingKey, "\(what) changed while it was read; try again", place: name)
    }
    return secret
  }

  private static func demandLength(_ count: Int, _ what: String, _ name: String) throws(LetheError) {
    guard (1...mostByteCount).contains(count) else {
      throw LetheError(.missingKey, "\(what) has not 1 to 65,536 bytes; name the right one", place: name)
    }
  }

  /// Up to so many bytes from the file's beginning.
  private static func read(
    _ file: any File, count: Int, _ what: String, _ name: String
  ) throws(LetheError) -> Secret {
    var room = try Secret(count: count)
    let got: Int
    do throws(LetheError) {
      got = try room.withMutableBytes { (bytes) throws(LetheError) in try file.read(into: &bytes, at: 0) }
    } catch {
      throw LetheError(.missingKey, "\(what) cannot be read; check its disk", place: name, cause: error.cause)
    }
    if got == count { return room }
    return try room.withBytes { (bytes) throws(LetheError) in try Secret(copying: bytes.extracting(0..<got)) }
  }
}

/// What pipes gave: a pipe is read once, and several cells may be sealed by what comes out of it. Kept in locked memory for
/// as long as the world is in use.
final class PipedSecrets: Sendable {
  private final class Box: Sendable {
    let secret: Secret

    init(_ secret: consuming Secret) { self.secret = secret }
  }

  private let known = Mutex<[String: Box]>([:])

  func secret(_ path: String, _ read: () throws(LetheError) -> Secret) throws(LetheError) -> Secret {
    try known.withLock { (known) throws(LetheError) in
      if let box = known[path] { return try box.secret.copy() }
      let box = Box(try read())
      known[path] = box
      return try box.secret.copy()
    }
  }
}

extension Store {
  /// What seals the present cells.
  package var cellSeals: [CellSeal] {
    parts.places.withLock { $0.cells }.enumerated().compactMap { (place, cell) in
      CellSecrets.seal(cell.sealing, named: "cell \(place + 1)", parts.world)
    }
  }
}
