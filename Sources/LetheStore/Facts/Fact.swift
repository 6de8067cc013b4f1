package import LetheCrypto
package import LetheLog
package import LetheVault

/// What a system fact says in the clear; all else about it is sealed in its record's part (`FactDetail`).
///
/// On disk (a record's clear body): the type's number (one byte), then its fields in the order given here, little-endian;
/// lists and texts behind a count of 32 bits. Nodes are encoded as `KeyNode` says.
package enum Fact: Sendable, Equatable {
  /// 1: plane u16, block numbers [u64]. From the next group on indexes are given from these blocks and from no other.
  case blocksOpened(plane: Plane, blocks: [UInt64])
  /// 2: kid u64 of the new subject's slot 0, key commitment. Sealed: id and aliases.
  case subjectRegistered(KeyID, commitment: Digest)
  /// 3: kid u64, key commitment. Sealed: category and generation.
  case slotOpened(KeyID, commitment: Digest)
  /// 4: stream id, owner's subject index u64 (all ones: none). Sealed: the name.
  case streamCreated(StreamID, owner: SubjectIndex?)
  /// 5: hours since 1970 i64; stands before an hour's first batch.
  case hourBegan(Int64)
  /// 6: see `CaseStep`.
  case caseStep(CaseStep)
  /// 7: see `ForgetStart`.
  case forgetStarted(ForgetStart)
  /// 8: epochs u64 u64, root page hash, hashes of the pages written [digest], punctured nodes with their causes. Where a
  /// restore found no root page, the hash is all zeros and the epochs may lie further apart than one.
  case epochAdvanced(EpochAdvance)
  /// 9, or 15 if it was recovered: see `KeysDestruction`.
  case keysDestroyed(KeysDestruction)
  /// 10: SHA-256 of the policies that hold from here on.
  case policyChanged(Digest)
  /// 11: store id (16 bytes), origin, Ed25519 package key (32 bytes).
  case signingKeyRotated(SigningIdentity)
  /// 12: staff number u32. Sealed: the staff id.
  case staffNamed(UInt32)
  /// 13: see `PlacesChange`.
  case placesChanged(PlacesChange)
  /// 14: see `OriginBeginning`.
  case originBegan(OriginBeginning)

  /// The fact's name, as `read --system` shows it.
  package var name: String {
    switch self {
    case .blocksOpened: "BlocksOpened"
    case .subjectRegistered: "SubjectRegistered"
    case .slotOpened: "SlotOpened"
    case .streamCreated: "StreamCreated"
    case .hourBegan: "HourBegan"
    case .caseStep: "CaseStep"
    case .forgetStarted: "ForgetStarted"
    case .epochAdvanced: "EpochAdvanced"
    case .keysDestroyed: "KeysDestroyed"
    case .policyChanged: "PolicyChanged"
    case .signingKeyRotated: "SigningKeyRotated"
    case .staffNamed: "StaffNamed"
    case .placesChanged: "PlacesChanged"
    case .originBegan: "OriginBegan"
    }
  }
}

/// One step of a forget case: case id (16 bytes), state u8, staff numbers [u32], due date i32 (days since 1970, the
/// lowest number: none), extent digest. Sealed under the subject's slot 0: who asked, the ground, free text.
package struct CaseStep: Sendable, Equatable {
  /// The states of compliance.md section 2, numbered as on disk.
  package enum State: UInt8, Sendable, CaseIterable {
    case received = 1
    case identified
    case assessed
    case approved
    case executing
    case completed
    case refused
    case withdrawn
  }

  package let caseID: CaseID
  package let state: State
  package let staff: [UInt32]
  /// Days since 1970-01-01 in the controller's time zone, in the years 0000 to 9999.
  package let dueDay: Int32?
  package let extent: Digest

  package init(caseID: CaseID, state: State, staff: [UInt32], dueDay: Int32?, extent: Digest) {
    self.caseID = caseID
    self.state = state
    self.staff = staff
    self.dueDay = dueDay
    self.extent = extent
  }
}

/// The tombstone: case id, position u64 of the approval, extent digest, nodes. No later record carries a key id that these
/// nodes cover.
///
/// One that a restore recovered, because the pages show its nodes destroyed and the log had lost it, has no approval (all
/// ones) and an extent digest of zeros; a later case step confirms it.
package struct ForgetStart: Sendable, Equatable {
  package let caseID: CaseID
  package let approval: UInt64
  package let extent: Digest
  package let nodes: [KeyNode]

  package static func recovered(_ caseID: CaseID, _ nodes: [KeyNode]) -> ForgetStart {
    ForgetStart(caseID: caseID, approval: .max, extent: .zero, nodes: nodes)
  }

  package var provenance: FactProvenance { approval == .max ? .recovered : .original }
}

/// The keys are gone: case id, epoch u64, nodes, what each cell answered.
package struct KeysDestruction: Sendable, Equatable {
  package let caseID: CaseID
  package let epoch: UInt64
  package let nodes: [KeyNode]
  package let cells: [String]
  package var provenance = FactProvenance.original
}

/// How a fact about a forget came into the log.
package enum FactProvenance: Sendable {
  /// When it happened.
  case original
  /// By a restore, from the vault's pages.
  case recovered
}

/// Who signs the checkpoints of this log.
package struct SigningIdentity: Sendable, Equatable {
  package let storeID: [UInt8]
  /// The checkpoints' origin, which is also the signer's name in the sense of C2SP signed-note.
  package let origin: String
  package let publicKey: [UInt8]
}

/// Cells and replicas are others from here on: cells needed u8, cells u8, SHA-256 of `Keys/places.json`. Sealed: kinds and
/// paths.
package struct PlacesChange: Sendable, Equatable {
  /// How many cells it takes to read the root.
  package let threshold: UInt8
  package let cellCount: UInt8
  package let digest: Digest
}
