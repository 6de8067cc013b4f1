internal import LetheSystem

/// What somebody else may lay where a file of ours belongs, or do to it.
public enum Planted: Sendable {
  case pipe, socket, device
  case link(to: String)
  /// A second name of a file that is there.
  case name(of: String)
  case permissions(UInt32)
  case owner(UInt32)
  /// A file that says to have so many bytes, most of them holes.
  case sparse(byteCount: Int)
}

extension MemoryFileSystem {
  /// Changes the disk from outside of the process: no call is counted, and the change is durable.
  public func plant(_ planted: Planted, at path: String) {
    let name = Self.normal(path)
    disk.withLock { disk in
      switch planted {
      case .pipe: disk.plant(name) { $0.kind = .pipe }
      case .socket: disk.plant(name) { $0.kind = .socket }
      case .device: disk.plant(name) { $0.kind = .device }
      case .link(let target):
        disk.plant(name) {
          $0.kind = .link
          $0.target = target
        }
      case .sparse(let byteCount): disk.plant(name) { $0.sparseByteCount = byteCount }
      case .name(let other):
        guard let node = disk.names[Self.normal(other)] else { preconditionFailure("no file \(other)") }
        disk.nodes[node].attributes.nameCount += 1
        (disk.names[name], disk.durableNames[name]) = (node, node)
      case .permissions(let bits): disk.change(name) { $0.permissions = bits }
      case .owner(let owner): disk.change(name) { $0.owner = owner }
      }
    }
  }
}

extension MemoryDisk {
  fileprivate mutating func plant(_ name: String, _ body: (inout Attributes) -> Void) {
    var node = Node()
    body(&node.attributes)
    nodes.append(node)
    (names[name], durableNames[name]) = (nodes.count - 1, nodes.count - 1)
  }

  fileprivate mutating func change(_ name: String, _ body: (inout Attributes) -> Void) {
    if directories.contains(name) {
      var attributes = attributes(ofDirectory: name)
      body(&attributes)
      directoryAttributes[name] = attributes
    } else if let node = names[name] {
      body(&nodes[node].attributes)
    } else {
      preconditionFailure("nothing lies at \(name)")
    }
  }

  /// Whether a link lies there behind which nothing is.
  func isLinkToNothing(_ name: String) -> Bool {
    guard let node = names[name], nodes[node].attributes.kind == .link else { return false }
    let target = MemoryFileSystem.normal(resolve(name))
    return names[target] == nil && !directories.contains(target)
  }

  func facts(of node: Int) -> FileFacts {
    let attributes = nodes[node].attributes
    return facts(attributes, byteCount: attributes.sparseByteCount ?? nodes[node].content.count, number: node)
  }

  func facts(_ attributes: Attributes, byteCount: Int, number: Int = -1) -> FileFacts {
    FileFacts(
      identity: FileFacts.Identity(device: 0, number: UInt64(bitPattern: Int64(number))), kind: attributes.kind,
      byteCount: byteCount, allocatedByteCount: attributes.sparseByteCount == nil ? byteCount : 0,
      permissions: attributes.permissions, owner: attributes.owner, group: attributes.owner,
      nameCount: attributes.nameCount, modified: attributes.modified)
  }
}
