internal import LetheCrypto
internal import LetheStore
internal import LetheSystem
internal import LetheTesting

@testable internal import lethe

/// A home of a case's own with two events in it: a copy of one that is made once.
struct BadHome: Sendable {
  let clinic: Clinic
  let path: String

  /// The home that others are copied from, and what can be read of it.
  private static let template = Task { () async throws -> (clinic: Clinic, events: [String]) in
    let clinic = try await Clinic.made()
    for id in ["before-1", "before-2"] {
      let ran = await clinic.run("append", "patient-canary", input: event(id, subject: "p-canary"))
      guard ran.code == .success else { throw LetheError(.io, ran.errors) }
    }
    return (clinic, try await BadHome(clinic: clinic, path: clinic.home).events())
  }

  /// What is in every home at first, one event a line.
  static func eventsBefore() async throws -> [String] { try await template.value.events }

  static func copied() async throws -> BadHome {
    let template = try await template.value.clinic
    let clinic = Clinic()
    let files = LocalFileSystem()
    for folder in ["Keys", "Log", "Policies", "ReadModels"] { try files.createDirectory("\(clinic.home)/\(folder)") }
    for entry in try FolderTree.files(in: template.home) {
      let path = "\(clinic.home)/\(entry.name)"
      try files.createDirectory(path.parentPath)
      try files.copyFile("\(template.home)/\(entry.name)", to: path)
    }
    return BadHome(clinic: clinic, path: clinic.home)
  }

  /// Runs the tool in this process.
  func run(_ arguments: [String], _ input: [UInt8]) async -> Ran {
    let (output, errors) = (MemorySink(), MemorySink())
    let tool = Tool(
      console: Console(input: HeldBytes(input), output: output, errors: errors), world: World(clock: clinic.clock),
      interruption: Interruption(), secretMemory: { .locked })
    let code = await tool.run(arguments)
    return Ran(code: code, out: output.text, errors: errors.text)
  }

  /// What can be read of the home, one event a line.
  func events() async throws -> [String] {
    let read = await run(["--home", path, "read", "$all"], [])
    guard read.code == .success else { throw LetheError(.io, read.errors) }
    return read.lines
  }

  /// Changes files as a case wants it; the answer puts everything back.
  func apply(_ changes: [BadCase.FileChange]) throws -> () throws -> Void {
    let files = LocalFileSystem()
    var old: [(path: String, bytes: [UInt8]?)] = []
    for change in changes {
      let path = "\(self.path)/\(change.path)"
      old.append((path, files.exists(path) ? try files.contents(ofFile: path) : nil))
      if case .folder = change { try files.createDirectory(path) } else { try files.remove(path) }
      if case .holds(_, let bytes) = change { try Self.write(bytes, to: path) }
    }
    return {
      for (path, bytes) in old {
        try FolderTree.remove(path)
        if let bytes { try Self.write(bytes, to: path) }
      }
    }
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    let file = try LocalFileSystem().open(path, .createNew)
    try file.write(bytes.span.bytes, at: 0)
  }
}
