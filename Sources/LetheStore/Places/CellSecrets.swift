internal import LetheCrypto
internal import LetheSystem
package import LetheVault

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
        return try bytes(of: path, files, "the key file of \(name)", name)
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
        let passphrase = try bytes(of: path, files, "the passphrase's file", name).prefix(before: UInt8(ascii: "\n"))
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
    of path: String, _ files: any FileSystem, _ what: String, _ name: String
  ) throws(LetheError) -> Secret {
    let file: any File
    let count: Int
    do throws(LetheError) {
      file = try files.open(path, .read)
      count = try file.size()
    } catch {
      throw LetheError(.missingKey, "\(what) cannot be read; check who may", place: name, cause: error.cause)
    }
    guard (1...mostByteCount).contains(count) else {
      throw LetheError(.missingKey, "\(what) has not 1 to 65,536 bytes; name the right one", place: name)
    }
    var secret = try Secret(count: count)
    let read: Int
    do throws(LetheError) {
      read = try secret.withMutableBytes { (bytes) throws(LetheError) in try file.read(into: &bytes, at: 0) }
    } catch {
      throw LetheError(.missingKey, "\(what) cannot be read; check its disk", place: name, cause: error.cause)
    }
    guard read == count else {
      throw LetheError(.missingKey, "\(what) changed while it was read; try again", place: name)
    }
    return secret
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
