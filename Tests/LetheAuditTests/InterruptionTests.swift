import LetheAudit
import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization
import Testing

@Suite struct InterruptionTests {
  private struct Stop: Hashable, Sendable, CustomStringConvertible {
    let step: ObservedStep
    let moment: CommitMoment
    var description: String { "\(moment) \(step)" }
  }

  private static let stops = ObservedStep.all.flatMap { step in
    CommitMoment.allCases.map { Stop(step: step, moment: $0) }
  }

  @Test(arguments: stops)
  private func `P9 a forget that a crash stopped anywhere is no finding, before the restart and after it`(
    stop: Stop
  ) async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert", events: 1)
    let copy = try home.copy("backup")
    do {
      // A start goes through some of the steps too.
      let isArmed = Atomic(false)
      let store = try home.open { (step, moment) throws(LetheError) in
        guard isArmed.load(ordering: .relaxed), step == stop.step, moment == stop.moment else { return }
        throw LetheError(.io, "stopped")
      }
      isArmed.store(true, ordering: .relaxed)
      #expect(throws: LetheError.self) { try forget("anna", in: store) }
    }
    // The first part sees the home as the crash left it, the second one opens it.
    let first = try home.verify()
    #expect(first.ok, "\(first)")
    let second = try home.verify()
    #expect(second.ok, "\(second)")
    let drill = try home.drill(copy)
    #expect(drill.ok, "\(drill)")
    let isForgotten = stop != Stop(step: .tombstone, moment: .before)
    #expect(drill.shredded.of == (isForgotten ? 4 : 0))
  }

  /// A seeded walk over all bytes that matter.
  @Test(arguments: [1, 2] as [UInt64])
  func `P8 a changed byte anywhere never passes in Log, and never is anything but a finding`(seed: UInt64) async throws
  {
    let home = try AuditHome()
    try await home.use("anna", "bert", events: 1)
    try await home.forget("anna")
    let sound = try home.copy("sound", with: .taken)
    var generator = SeededGenerator(seed: seed)
    let log = ["Log/\(LogLayout.segment(0))", "Log/checkpoint"]
    let keys = ["Keys/vault.sqlite", "Keys/root.cell", "Keys/checkpoint", "Keys/signing.key", "Keys/directory.sqlite"]
    for name in log + keys {
      // Zeros that are written ahead of the log's end say nothing.
      let path = "\(home.home.path)/\(name)"
      let size =
        name.hasSuffix(".segment")
        ? try home.files.contentEnd(ofFile: path) : try home.files.contents(ofFile: path).count
      // A cell is blank but for the beginning of its slots.
      let offset = name == "Keys/root.cell" ? [0, 4096].randomElement(using: &generator)! + 20 : size
      try home.flip(name, at: name == "Keys/root.cell" ? offset : Int.random(in: 0..<size, using: &generator))
      let report = try home.verify()
      if log.contains(name) { #expect(!report.ok, "\(name)") }
      try home.discardSideFiles()
      try home.restore(log + keys, from: sound)
    }
    #expect(try home.verify().ok)
  }

  @Test(arguments: [
    ("Log/\(LogLayout.segment(0))", "A1", AuditCheck.Answer.failed), ("Keys/vault.sqlite", "A10", .notChecked),
    ("Keys/vault.sqlite", "A7", .notChecked), ("Keys/root.cell", "A7", .notChecked),
    ("Keys/signing.key", "A5", .notChecked),
  ])
  func `a file that is gone is named, and only what was checked can fail`(
    name: String, check: String, answer: AuditCheck.Answer
  ) async throws {
    let home = try AuditHome()
    try home.files.remove("\(home.home.path)/\(name)")
    let report = try home.verify()
    #expect(report[check]?.answer == answer)
    #expect(report[check]?.detail.contains("\(name) is missing") == true, "\(report)")
    #expect(report.ok == (answer == .notChecked), "\(report)")
  }
}
