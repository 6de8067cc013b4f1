/// What a drill found.
public struct DrillReport: Sendable, Equatable {
  /// Parts that opened, of how many there are.
  public struct Count: Sendable, Equatable {
    public internal(set) var opened = 0
    public internal(set) var of = 0
  }

  /// Parts of subjects whose keys were never destroyed: all of them must open.
  public internal(set) var living = Count()
  /// Parts under keys that the present log says were destroyed: none may open.
  public internal(set) var shredded = Count()
  /// Parts that the copy's own pages open under the current root; none after any commit since the copy was made.
  public internal(set) var aloneOpened = 0
  /// Whether a root cell with a root of this store lies in the copy.
  public internal(set) var rootCellFound = false
  /// Shredded parts that a root in the copy opens from all pages.
  public internal(set) var rootCellOpens = 0
  /// Old versions of directory shards that open although their keys were destroyed.
  public internal(set) var shardsOpened = 0
  /// The same under a root in the copy.
  public internal(set) var rootCellOpensShards = 0

  /// Whether the copy is of use for a restore, and of none for bringing anybody back.
  public var ok: Bool { reasons.isEmpty }

  /// What speaks against the copy, each in a sentence that says what to do.
  public var reasons: [String] {
    var reasons: [String] = []
    if shredded.opened > 0 {
      reasons.append(
        "\(shredded.opened) parts of forgotten subjects open under the current root: their keys were not destroyed, run "
          + "`lethe audit verify`")
    }
    if shardsOpened > 0 {
      reasons.append(
        "\(shardsOpened) old directory shards open under the current root although their keys were destroyed, run "
          + "`lethe audit verify`")
    }
    if living.opened < living.of {
      reasons.append(
        "\(living.of - living.opened) living parts of the copy do not open: parts or the pages for them are missing or "
          + "damaged, make a new copy")
    }
    if rootCellOpens > 0 {
      reasons.append(
        "the copy holds an old root cell: whoever has it can open \(rootCellOpens) parts of forgotten subjects; destroy "
          + "that copy's root.cell")
    } else if rootCellOpensShards > 0 {
      reasons.append(
        "the copy holds an old root cell: whoever has it can open directory shards that named forgotten subjects; "
          + "destroy that copy's root.cell")
    }
    return reasons
  }
}

extension DrillReport: CustomStringConvertible {
  /// A table, then the reasons.
  public var description: String {
    let cell = rootCellFound ? "yes, opens \(rootCellOpens) shredded parts" : "no"
    let lines = [
      "living parts opened       \(living.opened) of \(living.of)",
      "shredded parts opened     \(shredded.opened) of \(shredded.of)",
      "opened by the copy alone  \(aloneOpened)",
      "root cell in the copy     \(cell)",
      "verdict                   \(ok ? "pass" : "FAIL")",
    ]
    return (lines + reasons).joined(separator: "\n")
  }
}
