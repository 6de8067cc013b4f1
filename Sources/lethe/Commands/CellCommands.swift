internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe key cell …`: the cells among which the vault's root is shared.
enum CellCommands {
  static let words = ["key", "cell"]
  static let advice = """
    What to do about a cell that `key cell list` calls
      away     Mount its disk or put its file back. If it is lost for good, replace it: `lethe key cell replace N PATH`.
      old      Nothing: the next command that opens the store erases what is in it and gives it its present share.
      leaving  Bring it back, so that the next command erases what is in it. Its file may be removed then.
    """

  private static let path = Operand("PATH", "The new cell's file, on a disk that no copy is made of.")
  private static let number = Operand("N", "The cell's number, as `lethe key cell list` shows it.")
  private static let threshold = Option(
    "--threshold", "K", "How many cells make the root from now on; as it was unless given.")

  private static let keyFile = Option(
    "--key-file", "FILE", "Seals the new cell by this file's bytes, 32 at least; it must be there whenever lethe runs.")
  private static let passphrase = Option(
    "--passphrase", nil, .optional,
    "Seals the new cell by the first line of the file that LETHE_CELL_PASSPHRASE_FILE names, or by what is typed.")

  static let add = Command(
    "key cell add", "Shares a new root among the cells and one more, and erases the old one.",
    operands: [path], options: [threshold, keyFile, passphrase],
    example: "lethe key cell add /mnt/c/lethe.cell --threshold 2"
  ) { (invocation) throws(LetheError) in
    let path = try FolderTree.wholePath(invocation.arguments.operand("PATH") ?? "")
    return try await change(.add(path: path, sealed: try sealing(invocation)), invocation)
  }

  static let replace = Command(
    "key cell replace", "Shares a new root among the cells with another one in the place of one, lost or not.",
    operands: [number, path], options: [threshold, keyFile, passphrase],
    example: "lethe key cell replace 2 /mnt/d/lethe.cell"
  ) { (invocation) throws(LetheError) in
    let path = try FolderTree.wholePath(invocation.arguments.operand("PATH") ?? "")
    return try await change(
      .replace(number: try cell(invocation), path: path, sealed: try sealing(invocation)), invocation)
  }

  static let drop = Command(
    "key cell drop", "Shares a new root among the other cells, and erases the old one.",
    operands: [number], options: [threshold], example: "lethe key cell drop 3 --threshold 1"
  ) { (invocation) throws(LetheError) in
    try await change(.drop(number: try cell(invocation)), invocation)
  }

  static let list = Command(
    "key cell list", "Lists the root cells and how each was found, without a key and without waiting for anybody.",
    example: "lethe key cell list"
  ) { (invocation) throws(LetheError) in
    let status = try Store.keyStatus(invocation.home, in: invocation.world)
    for cell in status.cells {
      try invocation.result(
        .object([
          "cell": .int(cell.number), "kind": .string(cell.kind), "path": .string(cell.path),
          "state": .string(cell.state.rawValue), "level": .string(cell.level), "reason": .string(cell.reason),
          "sealed": cell.sealing.map { .string($0.name) } ?? .null,
        ]),
        "\(cell.number)  \(cell.state.rawValue)  \(cell.kind)  \(cell.path)\(cell.sealedText)  level \(cell.level): "
          + cell.reason)
    }
    if invocation.format == .text {
      try invocation.console.print(
        "\(status.threshold) of \(status.cells.count { $0.state != .leaving }) make the root; together level "
          + "\(status.togetherLevel).")
    }
    return .success
  }

  private static func sealing(_ invocation: Invocation) throws(LetheError) -> CellSealing? {
    let file = invocation.arguments.value(of: "--key-file")
    guard file == nil || !invocation.arguments.has(passphrase) else {
      throw LetheError(.usage, "a cell is sealed by a key file or by a passphrase; give one of them")
    }
    if let file { return .keyFile(try FolderTree.wholePath(file)) }
    return invocation.arguments.has(passphrase) ? .passphrase : nil
  }

  private static func cell(_ invocation: Invocation) throws(LetheError) -> Int {
    guard let number = Int(invocation.arguments.operand("N") ?? ""), number > 0 else {
      throw LetheError(.usage, "N is a cell's number from 1; see `lethe key cell list`")
    }
    return number
  }

  private static func change(_ change: CellChange, _ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let threshold = try invocation.arguments.count("--threshold")
    let (count, needed, isLeft, erased) = try await invocation.withStore { (store) throws(LetheError) in
      let erased = try store.changeCells(change, threshold: threshold)
      return (store.cellCount, store.cellThreshold, store.hasLeavingCells, erased)
    }
    var lines = [
      "\(count.counted("cell")), of which \(needed) \(needed == 1 ? "makes" : "make") the root: \(count - needed) may be "
        + "lost, and forgetting takes \(count - needed + 1).",
      isLeft
        ? "The old root is not erased in all cells that it takes: it will be when they are back."
        : "The old root is erased.",
    ]
    if let erased { lines.append("\(erased) is no cell any more, and what was in it is overwritten: remove the file.") }
    try invocation.result(
      .object([
        "cells": .int(count), "threshold": .int(needed), "leaving": .bool(isLeft), "erasedFile": .text(erased),
      ]), lines: lines)
    return .success
  }
}

extension KeyStatus.Cell {
  /// How it is sealed, behind two spaces; nothing if it is not.
  var sealedText: String {
    switch sealing {
    case nil: ""
    case .keyFile: "  sealed by key file"
    case .passphrase: "  sealed by passphrase"
    }
  }
}
