internal import LetheCrypto
internal import LethePolicies
package import LetheSystem

/// Where the root secret and the copies of the pages are.
///
/// On disk (`Keys/places.json`), in one line ended by a newline, members in this order:
///
///     {"k":1,"cells":[{"kind":"file","path":"Keys/root.cell"}],"replicas":["/mnt/b/lethe-keys"]}
///
/// `k`: how many cells it takes to read the root. A cell's path is relative to the home, a replica's is absolute. No file
/// means one cell, `Keys/root.cell`, and no replica. The SHA-256 of the file's bytes must be that of the log's last
/// `PlacesChanged`, in whose sealed part the same places stand, so that a lost file can be made again.
package struct Places: Sendable, Equatable {
  /// What keeps the root, or a share of it.
  package struct Cell: Sendable, Equatable {
    package let kind: String
    /// Relative to the home.
    package let path: String

    package init(kind: String, path: String) {
      self.kind = kind
      self.path = path
    }
  }

  package var threshold: UInt8
  package var cells: [Cell]
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
    func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
      .object(members.map { JSONValue.Member(name: $0.key, value: $0.value) })
    }
    var writer = JSONWriter()
    writer.write(
      object([
        "k": .number(JSONNumber(Int(threshold))),
        "cells": .array(cells.map { object(["kind": .string($0.kind), "path": .string($0.path)]) }),
        "replicas": .array(replicas.map { .string($0) }),
      ]))
    return writer.bytes + [UInt8(ascii: "\n")]
  }

  /// Reads the file's bytes.
  ///
  /// - Throws: `damage` if they are not of this form; `format` for places of a later version.
  package init(decoding bytes: [UInt8]) throws(LetheError) {
    let json: JSONValue
    do throws(LetheError) { json = try JSONValue(parsing: bytes) } catch { throw Self.unreadable }
    guard case .number(let number)? = json["k"], let threshold = UInt8(number.text),
      case .array(let cells)? = json["cells"], case .array(let replicas)? = json["replicas"]
    else { throw Self.unreadable }
    self.init(threshold: threshold, cells: [], replicas: [])
    for cell in cells {
      guard case .string(let kind)? = cell["kind"], case .string(let path)? = cell["path"] else {
        throw Self.unreadable
      }
      self.cells.append(Cell(kind: kind, path: path))
    }
    for replica in replicas {
      guard case .string(let path) = replica, path.hasPrefix("/") else { throw Self.unreadable }
      self.replicas.append(path)
    }
    guard encoded == bytes else { throw Self.unreadable }
    guard threshold == 1, self.cells == Self.initial.cells else {
      throw LetheError(
        .format, "Keys/places.json names other cells than this version knows; use the version of lethe that wrote it")
    }
  }

  private static var unreadable: LetheError {
    LetheError(
      .damage, "Keys/places.json is not as lethe wrote it; put the right file back", place: "Keys/places.json")
  }

  /// The clear part of `PlacesChanged`.
  package var change: PlacesChange {
    PlacesChange(threshold: threshold, cellCount: UInt8(clamping: cells.count), digest: SHA256.hash(encoded))
  }

  /// The sealed part of `PlacesChanged`: kind and path of each thing in turn.
  var texts: [String] {
    cells.flatMap { [$0.kind, $0.path] } + replicas.flatMap { [Self.replicaKind, $0] }
  }

  /// The places that a `PlacesChanged` tells.
  ///
  /// - Throws: `damage` if its parts do not belong together.
  init(_ change: PlacesChange, texts: [String]) throws(LetheError) {
    self.init(threshold: change.threshold, cells: [], replicas: [])
    for (kind, path) in zip(texts, texts.dropFirst()).enumerated().filter({ $0.offset.isMultiple(of: 2) }).map(
      \.element)
    {
      if kind == Self.replicaKind { replicas.append(path) } else { cells.append(Cell(kind: kind, path: path)) }
    }
    guard self.change == change else {
      throw LetheError(.damage, "the log's last change of places contradicts itself; restore the log from a copy")
    }
  }

  private static let replicaKind = "replica"
}
