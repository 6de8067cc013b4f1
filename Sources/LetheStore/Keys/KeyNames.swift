internal import LetheVault

extension KeyID {
  /// The subject whose slot this is; of meaning in the subjects' plane only.
  var subjectIndex: SubjectIndex { SubjectIndex(block: block, subject: subject) }

  /// The node at a depth that covers this key.
  func node(atDepth depth: Int) -> KeyNode {
    let leaf = KeyNode(self)
    return KeyNode(plane: plane, block: block, depth: depth, prefix: leaf.prefix >> (leaf.depth - depth))
  }
}

extension KeyNode {
  /// The subject that this node is the whole of; nil for any other node.
  var wholeSubject: SubjectIndex? {
    guard plane == .subjects, depth == Self.subjectDepth else { return nil }
    return SubjectIndex(block: block, subject: prefix)
  }
}
