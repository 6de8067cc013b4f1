internal import LetheCrypto
internal import LetheSystem

/// Reads and writes block pages, whose format stands at `PageFormat`.
enum BlockPage {
  /// - Throws: `io` if there is no randomness or libcrypto fails.
  static func seal(
    _ tree: PuncturedTree, epoch: UInt64, key: borrowing Secret, storeID: [UInt8], random: some RandomSource
  ) throws(LetheError) -> [UInt8] {
    var shape = ByteWriter()
    for node in tree.shape.heap { shape.put(node) }
    let draft = PageDraft(
      kind: .block, id: .block(tree.plane, tree.block), epoch: epoch, count: tree.shape.count, shape: shape.bytes)
    return try tree.withKeys { (keys) throws(LetheError) in
      try draft.seal(keys, key: key, storeID: storeID, random: random)
    }
  }

  /// Which nodes the page says live; read without a key.
  ///
  /// - Throws: `damage`.
  static func shape(of page: PageView) throws(LetheError) -> (plane: Plane, block: UInt64, shape: BlockShape) {
    guard page.kind == .block, let (plane, block) = page.id.blockNumber, page.shape.count == 2 * page.count else {
      throw .pageDamage
    }
    var reader = ByteReader(page.shape)
    var heap: [UInt16] = []
    heap.reserveCapacity(page.count)
    for _ in 0..<page.count { heap.append(try reader.take(UInt16.self)) }
    guard let shape = BlockShape(checking: heap) else { throw .pageDamage }
    return (plane, block, shape)
  }

  /// - Throws: `damage` if the page does not open; `io`.
  static func open(_ page: PageView, key: borrowing Secret) throws(LetheError) -> PuncturedTree {
    let (plane, block, shape) = try shape(of: page)
    guard let keys = try page.open(key), keys.count == shape.count * PuncturedTree.keyByteCount else {
      throw .pageDamage
    }
    return PuncturedTree(plane: plane, block: block, shape: shape, keys: keys, storeID: page.storeID)
  }
}
