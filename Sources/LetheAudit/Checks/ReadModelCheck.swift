internal import LetheCompliance
internal import LetheLog
internal import LetheProjections
internal import LetheStore
internal import LetheSystem

/// A9 without a key: every read model's bookmark is past every forget, and its file was scrubbed since.
///
/// A bookmark is the read model's own word, which the operator attests; one that is missing, or is about another log, is
/// none. Nothing is written and no lock is taken.
enum ReadModelCheck {
  /// - Throws: `io` if the log, which may have gone on meanwhile, cannot be read again.
  static func run(_ closed: ClosedHome, _ log: FileLog, _ evidence: Evidence) throws(LetheError) -> AuditCheck {
    guard let storeID = evidence.identities.first?.statement.storeID else {
      return CheckKind.readModels.unmade("the log does not name its store")
    }
    let folder = ReadModelFolder(closed.home.readModels, in: closed.files)
    let names: [String]
    do throws(LetheError) { names = try folder.namesWithRemains() } catch {
      return CheckKind.readModels.unmade(error.message)
    }
    var logged = LoggedForgets(log: log, starts: evidence.starts, storeID: storeID)
    var isNewest = false
    var findings = Findings()
    var unread: [String] = []
    for name in names {
      if folder.standing(of: name, logged) == .acknowledged { continue }
      if !isNewest {
        // The log may have gone on, and the read model with it, since the log was read.
        logged = try LoggedForgets(newestOf: closed) ?? logged
        isNewest = true
      }
      switch folder.standing(of: name, logged) {
      case .acknowledged: continue
      case .owes(let reason): findings.add("\(name) owes a purge: \(reason)")
      case .unknown(let reason): unread.append("\(name) may owe a purge: \(reason)")
      }
    }
    if findings.isEmpty, !unread.isEmpty { return CheckKind.readModels.unmade(unread.joined(separator: "; ")) }
    for reason in unread { findings.add(reason) }
    let counts = "forgets: \(evidence.starts.count), read models: \(names.count)"
    let list = names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"
    return findings.check(
      .readModels, as: evidence.starts.isEmpty ? .proven : .attested, "\(counts)\(list), none owes a purge")
  }
}

/// The forgets of a log that is read without a lock.
private struct LoggedForgets: ForgetLog {
  private let log: FileLog
  private let withdrawals: [Withdrawal]
  let storeID: [UInt8]

  init(log: FileLog, starts: [Evidence.Found<ForgetStart>], storeID: [UInt8]) {
    self.log = log
    withdrawals = starts.map { Withdrawal(position: $0.position, nodes: $0.statement.nodes) }
    self.storeID = storeID
  }

  /// Of the log as it is now; nil if it does not name its store.
  init?(newestOf closed: ClosedHome) throws(LetheError) {
    let log = try closed.log()
    let evidence = try Evidence(scanning: log)
    guard let storeID = evidence.identities.first?.statement.storeID else { return nil }
    self.init(log: log, starts: evidence.starts, storeID: storeID)
  }

  var count: UInt64 { log.count }

  var hasChanges: Bool { !withdrawals.isEmpty }

  func changes(from start: UInt64) -> [LogChange] {
    withdrawals.filter { $0.position >= start }.map { LogChange($0) }
  }

  func mark(of position: UInt64) throws(LetheError) -> [UInt8]? {
    position < log.count ? try bookmarkMark(of: log.record(at: position).header) : nil
  }
}
