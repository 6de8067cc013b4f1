#if Fuzzing
  internal import LetheCrypto
  internal import LetheLog
  @testable internal import LetheStore
  internal import LetheSystem
  @testable internal import LetheVault

  private func digest(_ number: UInt8) -> Digest { SHA256.hash([number].span.bytes) }

  extension FuzzTarget {
    /// The plaintext of a directory shard.
    static let shard = FuzzTarget(name: "shard") { () throws(LetheError) in
      guard let stream = StreamID([UInt8](1...16)), let other = StreamID([UInt8](2...17)) else { return [] }
      let targets: [Digest: DirectoryTarget] = [
        digest(1): .subject(SubjectIndex(block: 0, subject: 1)),
        digest(2): .subject(SubjectIndex(block: 3, subject: 1000)), digest(3): .stream(stream),
        digest(4): .stream(other),
      ]
      return [ShardContent.empty.encoded(), ShardContent.empty.adding(targets).encoded()]
    } check: { bytes in
      let shard = allowing(.damage) { () throws(LetheError) in try ShardContent(decoding: bytes) }
      guard let shard else { return }
      expect(shard.encoded() == bytes, "a shard is encoded as it was read")
      for subject in shard.subjects {
        expect(shard.target(of: subject.value) == .subject(subject.index), "a subject is found")
      }
    }

    /// A system fact's clear body, or the plaintext of its sealed detail.
    static let fact = FuzzTarget(name: "fact") { () throws(LetheError) in
      Self.sampleFacts().map { $0.encoded() } + [
        FactDetail(recordedAt: Timestamp(microseconds: 1_700_000_000_000_000), texts: ["", "id-1", "é"]).encoded()
      ]
    } check: { bytes in
      if let fact = allowing(.damage, .format, decode: { () throws(LetheError) in try Fact(decoding: bytes) }) {
        expect(fact.encoded() == bytes, "a fact is encoded as it was read")
        expect(!fact.name.isEmpty, "a fact has a name")
        // What the store makes of the numbers must have room for them.
        if case .blocksOpened(let plane, let blocks) = fact {
          for block in blocks { expect(KeyNode(plane: plane, block: block, depth: 0, prefix: 0).block == block, "") }
        }
      }
      let detail = allowing(.damage) { () throws(LetheError) in try FactDetail(decoding: bytes) }
      if let detail { expect(detail.encoded() == bytes, "a fact's detail is encoded as it was read") }
    }

    /// A log's facts and events one after the other, as an index takes note of them: flags, owner of an event's part and
    /// a counted clear body each. What no history can hold is refused, and nothing is taken note of then.
    static let history = FuzzTarget(name: "history") { () throws(LetheError) in
      let facts = Self.sampleFacts()
      return [facts, facts.reversed(), facts + facts].map { facts in
        ByteWriter.bytes { writer in
          for fact in facts {
            writer.put(1 as UInt8)
            writer.put(UInt16(fact.encoded().count))
            writer.put(fact.encoded())
            writer.put([0, 1, 2, 0, 0, 0, 0, 0, 0, 0] as [UInt8])
          }
        }
      }
    } check: { bytes in
      var input = Input(bytes)
      var order = LogOrder()
      guard let stream = StreamID([UInt8](1...16)) else { return }
      while !input.rest.isEmpty {
        let before = order.count
        let isFact = input.byte() & 1 == 1
        let body = isFact ? input.bytes(Int(input.number(UInt16.self))) : []
        let part = PartHeader(kid: isFact ? 0 : input.number(UInt64.self), nonce: [], paddedLength: 0)
        let header = RecordHeader(
          flags: isFact ? .system : .lastOfBatch, streamID: isFact ? .system : stream,
          revision: isFact ? order.factCount : order.nextRevision(of: stream) ?? 0,
          parts: isFact ? [] : [part])
        let wasTaken: Void? = allowing(.damage, .format) { () throws(LetheError) in
          try order.apply(header, clearBody: body)
        }
        expect(order.count == before + (wasTaken == nil ? 0 : 1), "a record that is refused takes no position")
        guard wasTaken != nil else { continue }
        let blocks = order.facts.blocks
        expect(blocks.left <= UInt64(blocks.current.count) * BlockLedger.capacity, "no block has more")
        expect((blocks.nextIndex == nil) == (blocks.left == 0), "the next index is one that is left")
        if let next = blocks.nextIndex {
          expect(!order.isOpened(next.kid(slot: 0)), "no index is given twice")
          expect(blocks.current.contains(next.rawValue / BlockLedger.capacity), "it is of a block in use")
        }
      }
    }

    /// `Keys/places.json`.
    static let places = FuzzTarget(name: "places") { () throws(LetheError) in
      var replicated = Places.initial
      replicated.replicas = ["/mnt/b/lethe-keys", "/mnt/é \" x"]
      return [Places.initial.encoded, replicated.encoded, Array("{\"k\":2,\"cells\":[],\"replicas\":[]}\n".utf8)]
    } check: { bytes in
      let places = allowing(.damage, .format) { () throws(LetheError) in try Places(decoding: bytes) }
      guard let places else { return }
      expect(places.encoded == bytes, "places are encoded as they were read")
      let told = succeeding("the log tells the same places") { () throws(LetheError) in
        try Places(places.change, texts: places.texts)
      }
      expect(told == places, "places that the log tells are those of the file")
    }

    private static func sampleFacts() -> [Fact] {
      let subject = SubjectIndex(block: 6, subject: 513)
      let kid = subject.kid(slot: 0)
      guard let caseID = CaseID([UInt8](repeating: 9, count: 16)), let stream = StreamID([UInt8](1...16)) else {
        return []
      }
      let nodes = [subject.node, KeyNode(plane: .subjects, block: 7, depth: 3, prefix: 1)]
      return [
        .blocksOpened(plane: .subjects, blocks: [1, 2]), .subjectRegistered(kid, commitment: digest(1)),
        .slotOpened(kid, commitment: digest(2)), .streamCreated(stream, owner: subject),
        .streamCreated(stream, owner: nil), .hourBegan(472_000),
        .caseStep(CaseStep(caseID: caseID, state: .approved, staff: [1, 2], dueDay: 20_000, extent: digest(3))),
        .caseStep(CaseStep(caseID: caseID, state: .refused, staff: [], dueDay: nil, extent: digest(3))),
        .forgetStarted(ForgetStart(caseID: caseID, approval: 77, extent: digest(4), nodes: nodes)),
        .epochAdvanced(
          EpochAdvance(
            from: 1, to: 2, rootPageHash: digest(5), touchedPageHashes: [digest(6)],
            punctures: [Puncture(subject.node, cause: .forgetCase(caseID)), Puncture(nodes[1], cause: .seal)])),
        .keysDestroyed(KeysDestruction(caseID: caseID, epoch: 2, nodes: nodes, cells: ["file: erased"])),
        .policyChanged(digest(7)),
        .signingKeyRotated(
          SigningIdentity(
            storeID: [UInt8](1...16), origin: "lethe.example/log", publicKey: [UInt8](repeating: 1, count: 32))),
        .staffNamed(4), .forgetStarted(.recovered(caseID, nodes)),
        .keysDestroyed(
          KeysDestruction(caseID: caseID, epoch: 2, nodes: nodes, cells: [], provenance: .recovered)),
        .epochAdvanced(.gap(from: 1, to: 4)),
        .originBegan(
          OriginBeginning(
            identity: SigningIdentity(
              storeID: [UInt8](1...16), origin: "lethe.example/log/2", publicKey: [UInt8](repeating: 1, count: 32)),
            statement: "a\n\n— b c\n", former: "")),
        .placesChanged(Places.initial.change),
      ]
    }
  }
#endif
