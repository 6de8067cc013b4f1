internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe replica …`: other folders that hold the vault's pages and take part in every vault commit.
enum ReplicaCommands {
  private static let folder = Operand("DIR", "The replica's folder, best on another machine's disk.")

  static let add = Command(
    "replica add", "Has a folder hold the vault's pages from now on: no keys are destroyed before it has the new ones.",
    operands: [folder], example: "lethe replica add /mnt/b/lethe-keys"
  ) { (invocation) throws(LetheError) in
    let path = try FolderTree.wholePath(invocation.arguments.operand("DIR") ?? "")
    let added = try await invocation.withStore { (store) throws(LetheError) in try store.addReplica(path) }
    try invocation.result(
      .object(["replica": .int(added.number), "path": .string(path), "pages": .int(added.pages)]),
      "Replica \(added.number) is \(path): \(added.pages.counted("page")) copied. It takes part in every commit from now on."
    )
    return .success
  }

  static let drop = Command(
    "replica drop", "Lets a folder take part no more, whether it can be reached or not; what it holds stays, sealed.",
    operands: [folder], example: "lethe replica drop /mnt/b/lethe-keys"
  ) { (invocation) throws(LetheError) in
    let path = try FolderTree.wholePath(invocation.arguments.operand("DIR") ?? "")
    let left = try await invocation.withStore { (store) throws(LetheError) in
      try store.dropReplica(path)
      return store.replicas.count
    }
    let remaining = left == 0 ? "no replica is left" : "\(left.counted("replica")) \(left == 1 ? "is" : "are") left"
    try invocation.result(
      .object(["dropped": .string(path), "replicas": .int(left)]), "Dropped \(path); \(remaining).")
    return .success
  }

  static let list = Command(
    "replica list", "Lists the replicas and how far each has come, without waiting for anybody.",
    example: "lethe replica list"
  ) { (invocation) throws(LetheError) in
    let replicas = try Store.replicaStatus(invocation.home, in: invocation.world)
    for replica in replicas {
      try invocation.result(
        .object([
          "replica": .int(replica.number), "path": .string(replica.path), "state": .string(replica.state.rawValue),
        ]),
        "\(replica.number)  \(replica.state.rawValue)  \(replica.path)")
    }
    if replicas.isEmpty, invocation.format == .text {
      try invocation.console.print("There is no replica; add one with `lethe replica add DIR`.")
    }
    return .success
  }
}
