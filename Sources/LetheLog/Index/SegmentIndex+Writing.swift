internal import LetheCrypto
internal import LetheSystem

extension SegmentIndex {
  /// What a segment's end is to the tree.
  struct Ending {
    let end: Int
    let rootHash: Digest
    let tailEntries: [Digest]
  }

  /// The index file of a segment.
  ///
  /// - Parameter sealing: vouches for it; nil leaves zeros in the place of the MAC.
  static func encode(
    _ index: ActiveIndex, first: UInt64, _ ending: Ending, storeID: [UInt8], sealing: (any GroupSealing)? = nil
  ) -> [UInt8] {
    let streamOrder = (0..<index.streams.count).sorted { index.streams.keys[$0] < index.streams.keys[$1] }
    let keyOrder = (0..<index.keys.count).sorted { index.keys.keys[$0] < index.keys.keys[$1] }
    var pages = IndexPageWriter()
    pages.add([])
    _ = pages.addColumn(index.count, ofSize: 4) { $1 += index.offsets[$0].littleEndianBytes }
    _ = pages.addColumn(index.count, ofSize: 8) { $1 += index.tags[$0].littleEndianBytes }

    var streamPostings: [Posting] = []
    let streamRows = pages.addColumn(streamOrder.count, ofSize: streamRowByteCount) { place, bytes in
      let row = streamOrder[place]
      bytes += index.streams.keys[row].bytes
      bytes += index.nextRevisions[row].littleEndianBytes
      bytes += UInt32(streamPostings.count).littleEndianBytes
      streamPostings += index.streams.postings(ofRow: row)
    }
    _ = pages.addColumn(streamPostings.count, ofSize: 4) { $1 += streamPostings[$0].rawValue.littleEndianBytes }
    var keyPostings: [Posting] = []
    let keyRows = pages.addColumn(keyOrder.count, ofSize: keyRowByteCount) { place, bytes in
      let row = keyOrder[place]
      bytes += index.keys.keys[row].littleEndianBytes
      bytes += UInt32(keyPostings.count).littleEndianBytes
      keyPostings += index.keys.postings(ofRow: row)
    }
    _ = pages.addColumn(keyPostings.count, ofSize: 4) { $1 += keyPostings[$0].rawValue.littleEndianBytes }

    _ = pages.addColumn(index.landmarks.count, ofSize: 4) { $1 += index.landmarks[$0].littleEndianBytes }
    _ = pages.addColumn(ending.tailEntries.count, ofSize: 32) { $1 += ending.tailEntries[$0].bytes }
    _ = pages.addColumn(streamRows.pageCount, ofSize: 16) { page, bytes in
      bytes += index.streams.keys[streamOrder[page * streamRows.perPage]].bytes
    }
    _ = pages.addColumn(keyRows.pageCount, ofSize: 8) { page, bytes in
      bytes += index.keys.keys[keyOrder[page * keyRows.perPage]].littleEndianBytes
    }
    var streamFilter = BloomFilter(for: streamOrder.count)
    for row in streamOrder { streamFilter.insert(index.streams.keys[row].words) }
    var keyFilter = BloomFilter(for: keyOrder.count)
    for row in keyOrder { keyFilter.insert(hash(ofGroup: index.keys.keys[row] >> 4)) }
    for filter in [streamFilter, keyFilter] {
      _ = pages.addColumn(filter.words.count, ofSize: 8) { $1 += filter.words[$0].littleEndianBytes }
    }

    var head = LogFileHeader(kind: .index, storeID: storeID, firstPosition: first).encoded
    head += UInt64(index.count).littleEndianBytes
    head += UInt64(ending.end).littleEndianBytes
    head += ending.rootHash.bytes
    let counts = [
      streamOrder.count, streamPostings.count, keyOrder.count, keyPostings.count, index.landmarks.count,
      ending.tailEntries.count, streamRows.pageCount, keyRows.pageCount, streamFilter.words.count,
      keyFilter.words.count,
    ]
    for count in counts { head += UInt32(count).littleEndianBytes }
    var headPage = IndexPageWriter()
    headPage.add(head)
    let content = headPage.bytes + pages.bytes[IndexPages.byteCount...]
    let hashes = IndexPages.hashes(content)
    return content + hashes + (sealing.map { IndexPages.mac(hashes, $0) } ?? .zero).bytes
  }

  static func hash(ofGroup group: UInt64) -> (UInt64, UInt64) {
    // The finaliser of splitmix64 (Steele, Lea and Flood 2014), twice.
    func mix(_ value: UInt64) -> UInt64 {
      var word = value &+ 0x9e37_79b9_7f4a_7c15
      word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
      return word ^ word >> 31
    }
    let first = mix(group)
    return (first, mix(first))
  }
}
