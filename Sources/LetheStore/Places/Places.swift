internal import LetheCrypto
internal import LethePolicies
package import LetheSystem
internal import LetheVault

/// Where the root secret and the copies of the pages are.
///
/// On disk (`Keys/places.json`), in one line ended by a newline, members in this order:
///
///     {"k":1,"cells":[{"kind":"file","path":"Keys/root.cell"}],"replicas":["/mnt/b/lethe-keys"]}
///
/// `k`: how many cells it takes to read the root. A cell's path is absolute or relative to the home, a replica's is
/// absolute. A sealed cell has `"sealed":"passphrase"` or `"sealed":"key-file","keyFile":"/mnt/k/cell.key"` behind its path. While the shares of a former set of cells are not all erased, `"leaving":{"k":…,"cells":[…]}` stands before
/// `replicas`. No file means one cell, `Keys/root.cell`, and no replica. The SHA-256 of the file's bytes must be that of the log's last
/// `PlacesChanged`, in whose sealed part the same places stand, so that a lost file can be made again.
package struct Places: Sendable, Equatable {
  /// What keeps the root, or a share of it.
  package struct Cell: Sendable, Equatable {
    package let kind: String
    /// Relative to the home.
    package let path: String
    /// Nil if its shares are not sealed.
    package let sealing: CellSealing?

    package init(kind: String, path: String, sealing: CellSealing? = nil) {
      self.kind = kind
      self.path = path
      self.sealing = sealing
    }
  }

  /// Cells of a change that was just made, in which the old root's shares may still be, and how many of those made it.
  package struct Leaving: Sendable, Equatable {
    package let threshold: UInt8
    package fileprivate(set) var cells: [Cell]

    package init(threshold: UInt8, cells: [Cell]) {
      self.threshold = threshold
      self.cells = cells
    }
  }

  package var threshold: UInt8
  /// Numbered from 1 in this order.
  package var cells: [Cell]
  /// Nil once the old root is dead.
  package var leaving: Leaving?
  /// Absolute paths of folders; numbered from 1 in this order.
  package var replicas: [String]

  package init(threshold: UInt8, cells: [Cell], replicas: [String]) {
    self.threshold = threshold
    self.cells = cells
    self.replicas = replicas
  }

  /// Those of a home that never changed them.
  package static let initial = Places(
    threshold: 1, cells: [Cell(kind: "file", path: "Keys/root.cell")], replicas: [])

  /// The file's bytes.
  package var encoded: [UInt8] {
    var writer = JSONWriter()
    func set(_ threshold: UInt8, _ cells: [Cell]) -> [JSONValue.Member] {
      [
        JSONValue.Member(name: "k", value: .number(JSONNumber(Int(threshold)))),
        JSONValue.Member(
          name: "cells",
          value: .array(
            cells.map { cell in
              .object(
                [
                  JSONValue.Member(name: "kind", value: .string(cell.kind)),
                  JSONValue.Member(name: "path", value: .string(cell.path)),
                ] + (cell.sealing?.members ?? []))
            })),
      ]
    }
    let left = leaving.map { [JSONValue.Member(name: "leaving", value: .object(set($0.threshold, $0.cells)))] } ?? []
    writer.write(
      .object(
        set(threshold, cells) + left
          + [JSONValue.Member(name: "replicas", value: .array(replicas.map { .string($0) }))]))
    return writer.bytes + [UInt8(ascii: "\n")]
  }

  /// Reads the file's bytes.
  ///
  /// - Throws: `damage` if they are not of this form; `format` for places of a later version.
  package init(decoding bytes: [UInt8]) throws(LetheError) {
    let json: JSONValue
    do throws(LetheError) { json = try JSONValue(parsing: bytes) } catch { throw Self.unreadable }
    guard case .array(let replicas)? = json["replicas"] else { throw Self.unreadable }
    let present = try Self.set(json)
    self.init(threshold: present.threshold, cells: present.cells, replicas: [])
    leaving = try json["leaving"].map { (json) throws(LetheError) in try Self.set(json) }
    for replica in replicas {
      guard case .string(let path) = replica, path.hasPrefix("/") else { throw Self.unreadable }
      self.replicas.append(path)
    }
    guard encoded == bytes else { throw Self.unreadable }
    for set in [present] + (leaving.map { [$0] } ?? []) {
      guard set.cells.allSatisfy({ $0.kind == Self.fileKind }), set.cells.count <= CellSet.mostCells,
        set.threshold >= 1, Int(set.threshold) <= set.cells.count
      else {
        throw LetheError(
          .format, "Keys/places.json names other cells than this version knows; use the version of lethe that wrote it")
      }
    }
  }

  private static func set(_ json: JSONValue) throws(LetheError) -> Leaving {
    guard case .number(let number)? = json["k"], let threshold = UInt8(number.text),
      case .array(let values)? = json["cells"]
    else { throw Self.unreadable }
    var cells: [Cell] = []
    for cell in values {
      guard case .string(let kind)? = cell["kind"], case .string(let path)? = cell["path"] else {
        throw Self.unreadable
      }
      cells.append(Cell(kind: kind, path: path, sealing: try CellSealing.read(cell)))
    }
    return Leaving(threshold: threshold, cells: cells)
  }

  package static let fileKind = "file"

  static var unreadable: LetheError {
    LetheError(
      .damage, "Keys/places.json is not as lethe wrote it; put the right file back", place: "Keys/places.json")
  }

  /// The clear part of `PlacesChanged`.
  package var change: PlacesChange {
    PlacesChange(threshold: threshold, cellCount: UInt8(clamping: cells.count), digest: SHA256.hash(encoded))
  }

  /// The sealed part of `PlacesChanged`: kind and path of each thing in turn; behind a sealed cell "passphrase" and nothing,
  /// or "key-file" and its path. Cells that leave come behind "leaving" and how many of them made the root.
  var texts: [String] {
    func texts(_ cells: [Cell]) -> [String] { cells.flatMap { [$0.kind, $0.path] + ($0.sealing?.texts ?? []) } }
    let left = leaving.map { [Self.leavingMark, String($0.threshold)] + texts($0.cells) } ?? []
    return texts(cells) + left + replicas.flatMap { [Self.replicaKind, $0] }
  }

  /// The places that a `PlacesChanged` tells.
  ///
  /// - Throws: `damage` if its parts do not belong together.
  init(_ change: PlacesChange, texts: [String]) throws(LetheError) {
    self.init(threshold: change.threshold, cells: [], replicas: [])
    for (kind, path) in zip(texts, texts.dropFirst()).enumerated().filter({ $0.offset.isMultiple(of: 2) }).map(
      \.element)
    {
      var cell = Cell(kind: kind, path: path)
      if let sealing = CellSealing(texts: kind, path) {
        let sealed = leaving == nil ? cells.popLast() : leaving?.cells.popLast()
        guard let sealed else { continue }
        cell = Cell(kind: sealed.kind, path: sealed.path, sealing: sealing)
      }
      switch cell.kind {
      case Self.replicaKind: replicas.append(path)
      case Self.leavingMark: leaving = Leaving(threshold: UInt8(path) ?? 0, cells: [])
      case _:
        if let left = leaving {
          leaving = Leaving(threshold: left.threshold, cells: left.cells + [cell])
        } else {
          cells.append(cell)
        }
      }
    }
    guard self.change == change else {
      throw LetheError(.damage, "the log's last change of places contradicts itself; put back a copy of Log/")
    }
  }

  private static let replicaKind = "replica"
  private static let leavingMark = "leaving"
}
