internal import LetheSystem

/// Which of root cell, pages and log are old copies, told by the epochs that they know; for a start that found no root
/// it may serve under.
struct EpochComparison {
  /// The highest epoch of a complete root.
  let cell: UInt64
  /// The highest epoch of a root page, by what it says in clear; nil if there is none.
  let pages: UInt64?
  /// The newest epoch that the log records.
  let log: UInt64
  /// What the refusal calls the pages.
  var pagesName = "the vault's pages"

  /// The refusal that names what is old; nil if the epochs do not tell.
  ///
  /// Pages of the epoch after the cell's may be a commit that stopped before it staged its root, so they alone do not make
  /// the cell old while the pages under the cell's root are there.
  ///
  /// - Parameter hasPagesOfCell: whether the root page that the cell names is among the pages.
  func refusal(hasPagesOfCell: Bool) -> LetheError? {
    let arePagesOld = pages.map { $0 < max(cell, log) } ?? false
    let isCellOld = cell < log || (!hasPagesOfCell && pages.map { $0 > cell } ?? false)
    let isLogOld = isCellOld && cell >= log && pages.map { $0 > log } ?? false
    switch (isCellOld, arePagesOld, isLogOld) {
    case (true, true, _):
      return Self.refusal(
        "the root cell (epoch \(cell)) and \(pagesName) (epoch \(pages ?? 0)) are older than the log (epoch \(log))",
        "put the newest pages back with `lethe restore` from a replica, and bring back the current cell")
    case (true, false, false):
      return Self.refusal(
        "the root cell is older (epoch \(cell)) than the log (epoch \(log))", "bring back the current cell")
    case (true, false, true):
      return Self.refusal(
        "the root cell (epoch \(cell)) and the log (epoch \(log)) are older than \(pagesName) (epoch \(pages ?? 0))",
        "bring back the current cell and the newest Log/")
    case (false, true, _):
      let newer = cell >= log ? "the root cell (epoch \(cell))" : "the log (epoch \(log))"
      return Self.refusal(
        "\(pagesName) are older (epoch \(pages ?? 0)) than \(newer)",
        "put the newest pages back with `lethe restore` from a replica")
    case (false, false, _): return nil
    }
  }

  private static func refusal(_ what: String, _ advice: String) -> LetheError {
    LetheError(.rolledBack, "\(what): an old copy was restored; \(advice)")
  }
}
