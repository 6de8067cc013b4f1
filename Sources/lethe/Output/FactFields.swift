internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// What a system fact says in the clear, as members of a JSON object.
enum FactFields {
  static func fields(of fact: Fact) -> KeyValuePairs<String, JSONValue> {
    switch fact {
    case .blocksOpened(let plane, let blocks):
      ["plane": .int(UInt64(plane.rawValue)), "blocks": .array(blocks.map { .int($0) })]
    case .subjectRegistered(let kid, let commitment), .slotOpened(let kid, let commitment):
      ["kid": .string(kid.description), "commitment": .string(commitment.bytes.hex)]
    case .streamCreated(let stream, let owner):
      ["streamid": .string(stream.description), "owner": .text(owner?.description)]
    case .hourBegan(let hour): ["hour": Timestamp(hour: hour).map { .string($0.description) } ?? .null]
    case .caseStep(let step):
      [
        "case": .string(step.caseID.hex), "state": .string("\(step.state)"),
        "staff": .array(step.staff.map { .int(UInt64($0)) }), "due": .text(step.dueDay.flatMap(date)),
        "extent": .string(step.extent.bytes.hex),
      ]
    case .forgetStarted(let start):
      switch start.provenance {
      case .original:
        [
          "case": .string(start.caseID.hex), "approval": .int(start.approval),
          "extent": .string(start.extent.bytes.hex), "nodes": nodes(start.nodes),
        ]
      case .recovered: ["case": .string(start.caseID.hex), "recovered": .bool(true), "nodes": nodes(start.nodes)]
      }
    case .epochAdvanced(let advance):
      ["from": .int(advance.from), "to": .int(advance.to), "nodes": nodes(advance.punctures.map(\.node))]
    case .keysDestroyed(let destruction): fields(of: destruction)
    case .policyChanged(let digest): ["digest": .string(digest.bytes.hex)]
    case .signingKeyRotated(let identity):
      [
        "store": .string(identity.storeID.hex), "origin": .string(identity.origin),
        "publickey": .string(identity.publicKey.hex),
      ]
    case .originBegan(let beginning):
      [
        "store": .string(beginning.identity.storeID.hex), "origin": .string(beginning.identity.origin),
        "statement": .string(beginning.statement), "former": .string(beginning.former),
      ]
    case .staffNamed(let number): ["staff": .int(UInt64(number))]
    case .placesChanged(let change):
      [
        "needed": .int(UInt64(change.threshold)), "cells": .int(UInt64(change.cellCount)),
        "digest": .string(change.digest.bytes.hex),
      ]
    }
  }

  private static func fields(of destruction: KeysDestruction) -> KeyValuePairs<String, JSONValue> {
    let (id, epoch) = (JSONValue.string(destruction.caseID.hex), JSONValue.int(destruction.epoch))
    let (gone, cells) = (nodes(destruction.nodes), JSONValue.array(destruction.cells.map { .string($0) }))
    return switch destruction.provenance {
    case .original: ["case": id, "epoch": epoch, "nodes": gone, "cells": cells]
    case .recovered: ["case": id, "epoch": epoch, "recovered": .bool(true), "nodes": gone, "cells": cells]
    }
  }

  private static func nodes(_ nodes: [KeyNode]) -> JSONValue { .array(nodes.map { .string($0.description) }) }

  private static func date(_ day: Int32) -> String? { Timestamp(day: day).map { String($0.description.prefix(10)) } }
}
