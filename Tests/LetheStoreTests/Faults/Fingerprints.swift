import LetheCrypto
import LetheLog
import LetheProjections
import LetheSystem

/// A read model that shows what was read without a word of it.
struct Fingerprints: ReadModel {
  let name = "fingerprints"
  let columns: [Column] = [.key("stream"), .key("revision"), .value("digest")]

  func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {
    guard part.kind == .personal else { return }
    try rows.put([
      "stream": .text(part.streamID.bytes.hex), "revision": .integer(Int64(part.revision)),
      "digest": .text(SHA256.hash(part.json).bytes.hex),
    ])
  }

  static func rows(_ projections: Projections) throws(LetheError) -> [ReadModelRow] {
    var rows: [ReadModelRow] = []
    try projections.show("fingerprints") { (row) throws(LetheError) in rows.append(row) }
    return rows
  }
}
