internal import LetheCrypto
internal import LetheLog
internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// Whoever holds some pages of any time and some roots, and tries every key that these give on all that is sealed.
final class Adversary {
  private let closure: KeyClosure
  private let storeID: [UInt8]
  private var keys: [KeyID: SealingKey?] = [:]

  /// Keys kept at most; then all are let go.
  private static let capacity = 16_384

  /// - Throws: `io` if there is no memory.
  init(_ rows: [PageRow], _ roots: [Root], storeID: [UInt8]) throws(LetheError) {
    closure = try KeyClosure(rows: rows, roots: roots, storeID: storeID)
    self.storeID = storeID
  }

  /// Whether a part of a record opens.
  func opens(_ number: Int, of record: Record) throws(LetheError) -> Bool {
    let part = record.header.parts[number]
    guard closure.openedPageCount > 0, let kid = KeyID(rawValue: part.kid), let key = try key(kid) else { return false }
    return try key.open(
      Array(record.sealedPart(number)), nonce: part.nonce,
      authenticating: record.additionalData(ofPart: number, storeID: storeID)) != nil
  }

  private func key(_ kid: KeyID) throws(LetheError) -> SealingKey? {
    if let known = keys[kid] { return known }
    if keys.count >= Self.capacity { keys = [:] }
    let key = try closure.dataKey(kid)?.sealingKey()
    keys[kid] = .some(key)
    return key
  }

  /// The key ids whose keys open one of the rows, each row counted once per key.
  func shardKeysThatOpen(_ rows: [ShardRow]) throws(LetheError) -> [KeyID] {
    var opening: [KeyID] = []
    let named = Set(try closure.shardKeys().map(\.kid)).union(rows.map(\.kid))
    for kid in named.sorted() {
      try closure.forEachKey(kid) { (key) throws(LetheError) in
        let key = try key.sealingKey()
        for row in rows where try row.opens(with: key, storeID: storeID) { opening.append(kid) }
        return .continue
      }
    }
    return opening
  }
}
