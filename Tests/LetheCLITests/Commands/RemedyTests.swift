import LetheLog
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

/// What an error says to do is what truly helps.
@Suite struct RemedyTests {
  private let files = LocalFileSystem()

  private static func clinic() async throws -> Clinic {
    let clinic = try await Clinic.made()
    _ = await clinic.run("append", "patient-1", input: event("1", subject: "P-1", type: "MedicationPrescribed"))
    _ = await clinic.run("append", "patient-2", input: event("2", subject: "P-2", type: "MedicationPrescribed"))
    #expect(await clinic.run("projection", "run").code == .success)
    return clinic
  }

  private func copy(_ path: String, to target: String) throws {
    try files.replace(target, with: files.contents(ofFile: path))
  }

  private func change(_ path: String, _ from: String, to: String) throws {
    var bytes = try files.contents(ofFile: path)
    let (old, new) = (Array(from.utf8), Array(to.utf8))
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: old) })
    bytes.replaceSubrange(place..<place + old.count, with: new)
    try files.replace(path, with: bytes)
  }

  @Test func `pages whose tables were changed are put back from a replica`() async throws {
    let clinic = try await Self.clinic()
    let replica = clinic.folder.path("replica")
    #expect(await clinic.run("replica", "add", replica).code == .success)
    try change(clinic.home + "/Keys/vault.sqlite", "bytes BLOB NOT NULL", to: "bytes TEXT NOT NULL")
    let refused = await clinic.run("read", "patient-2")
    #expect(refused.code == .couldNotRun)
    #expect(
      refused.errors.contains(
        "tables are not as this version made them; put the pages back with `lethe restore` from a replica"))
    #expect(await clinic.run("restore", "--from", replica).code == .success)
    #expect(await clinic.run("read", "patient-2").code == .success)
  }

  @Test(arguments: ["garbage", "tables"])
  func `a damaged read model is built again`(damage: String) async throws {
    let clinic = try await Self.clinic()
    let path = clinic.home + "/ReadModels/medication.sqlite"
    let before = await clinic.run("projection", "show", "medication").out
    if damage == "garbage" {
      try files.replace(path, with: Array(repeating: 7, count: 9000))
    } else {
      var bytes = try files.contents(ofFile: path)
      for index in 100..<4096 { bytes[index] = 0xff }
      try files.replace(path, with: bytes)
    }
    let refused = await clinic.run("projection", "show", "medication")
    #expect(refused.code == .couldNotRun)
    #expect(refused.errors.contains("make it again with `lethe projection rebuild medication`"), "\(refused)")
    #expect(await clinic.run("projection", "rebuild", "medication").code == .success)
    let shown = await clinic.run("projection", "show", "medication")
    #expect(shown.code == .success && shown.out == before)
  }

  @Test func `a log that alone is an old copy is called that, not its pages missing`() async throws {
    let clinic = try await Self.clinic()
    for name in [LogLayout.segment(0)] {
      try copy(clinic.home + "/Log/" + name, to: clinic.folder.path(name))
    }
    _ = await clinic.run("forget", "now", "P-1", "--ground", "17-1-b", "--by", "a", "--approver", "b")
    for name in [LogLayout.segment(0)] {
      try copy(clinic.folder.path(name), to: clinic.home + "/Log/" + name)
    }
    for words in [["key", "status", "--json"], ["key", "cell", "list", "--json"]] {
      let told = await clinic.run(words)
      #expect(told.code == .couldNotRun && told.out.contains(#""code":"rolled-back""#), "\(told)")
      #expect(told.errors.contains("the log (epoch 1) is older than the vault's pages (epoch 2)"))
      #expect(told.errors.contains("put back the newest Log/"))
    }
  }

  @Test func `of a log that was cut below its first records nobody is told to make a home`() async throws {
    let clinic = try await Self.clinic()
    let segment = clinic.home + "/Log/" + LogLayout.segment(0)
    let bytes = try files.contents(ofFile: segment)
    let backup = clinic.folder.path("backup")
    #expect(await clinic.run("backup", "--to", backup).code == .success)
    for count in [10, 64, 200] {
      try files.replace(segment, with: Array(bytes[..<count]))
      let told = await clinic.run("key", "status")
      #expect(told.code == .couldNotRun && told.errors.contains("put back"), "\(told)")
      let refused = await clinic.run("restore", "--from", backup, "--accept-shorter-log")
      #expect(refused.code == .couldNotRun && refused.errors.contains("put back"), "\(count): \(refused)")
      #expect(!refused.errors.contains("signing.key"))
      #expect(try files.contents(ofFile: segment) == Array(bytes[..<count]))
    }
    for name in ["Log/checkpoint", "Keys/checkpoint"] { try files.remove(clinic.home + "/" + name) }
    let told = await clinic.run("read", "$all")
    #expect(told.code == .couldNotRun && told.errors.contains("it was cut, so put back a copy of Log/"), "\(told)")
    for name in [LogLayout.segment(0), "checkpoint"] {
      try copy(backup + "/Log/" + name, to: clinic.home + "/Log/" + name)
    }
    #expect(await clinic.run("read", "$all").lines.count == 2)
  }

  @Test(arguments: [
    ("Log/\(LogLayout.segment(0))", "put back a copy of Log/"),
    ("Keys/vault.sqlite", "put the pages back with `lethe restore` from a replica"),
    ("Keys/signing.key", "put the file back, which no backup or replica has"),
  ])
  func `an audit says of each file that is missing what brings it back`(name: String, remedy: String) async throws {
    let clinic = try await Self.clinic()
    try files.rename(clinic.home + "/" + name, to: clinic.folder.path("aside"))
    let told = await clinic.run("audit", "verify")
    #expect(told.code == (name.hasPrefix("Keys/") ? .notChecked : .failed), "\(told)")
    #expect((told.out + told.errors).contains(remedy), "\(told)")
    try files.rename(clinic.folder.path("aside"), to: clinic.home + "/" + name)
    #expect(await clinic.run("audit", "verify").code == .success)
  }
}
