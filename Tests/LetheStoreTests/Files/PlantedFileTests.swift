import LetheLog
import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// What does not belong in a home is refused at once, on a disk where waiting would never end.
@Suite struct PlantedFileTests {
  static let files = [
    "Keys/root.cell", "Keys/signing.key", "Keys/checkpoint", "Keys/run", "Keys/vault.sqlite", "Keys/directory.sqlite",
    "Keys/places.json", "Policies/test.json", "Log/checkpoint", "Log/\(LogLayout.segment(0))",
  ]

  static func home() async throws -> MemoryHome {
    let home = try MemoryHome(policy: #"{"policy":"lethe/1"}"#)
    try await home.session { (store) async throws in try await store.append(1, of: "anna") }
    return home
  }

  @Test(arguments: files)
  func `a pipe, a device or a link to nothing in the place of a file is refused with a sentence`(name: String)
    async throws
  {
    let home = try await Self.home()
    let path = "\(MemoryHome.home.path)/\(name)"
    for planted in [Planted.pipe, .socket, .device, .link(to: "/nowhere")] {
      let trial = home.copy()
      trial.disk.plant(planted, at: path)
      let error = #expect(throws: LetheError.self, "\(planted)") { try trial.open().close() }
      // A directory behind a link to nothing is lost, and made anew where something lies.
      let isRemade = name == "Keys/directory.sqlite"
      #expect(isRemade || error?.message.contains(";") == true, "\(planted): \(error?.message ?? "nothing")")
    }
  }

  @Test(arguments: ["Keys/checkpoint", "Log/checkpoint", "Policies/test.json", "Log/\(LogLayout.segment(0))"])
  func `a file that is far too large is refused by its size`(name: String) async throws {
    let home = try await Self.home()
    home.disk.plant(.sparse(byteCount: 4 << 40), at: "\(MemoryHome.home.path)/\(name)")
    let error = #expect(throws: LetheError(.io, "")) { try home.open() }
    #expect(error?.message.contains("bytes") == true)
  }

  @Test(arguments: ["root.cell", "signing.key"])
  func `a secret that others may use, has two names or is somebody else's is refused`(name: String) async throws {
    let home = try await Self.home()
    let path = "\(MemoryHome.home.keys)/\(name)"
    for planted in [Planted.permissions(0o666), .permissions(0o640), .owner(7)] {
      let trial = home.copy()
      trial.disk.plant(planted, at: path)
      #expect(throws: LetheError.self, "\(planted)") { try trial.open() }
    }
    home.disk.plant(.name(of: path), at: "/in-memory/second")
    #expect(throws: LetheError.self) { try home.open() }
  }

  @Test func `only the owner of the keys and root open a home, and nobody else may write among the keys`() async throws
  {
    let home = try await Self.home()
    home.disk.become(7)
    let error = #expect(throws: LetheError(.io, "")) { try home.open() }
    #expect(error?.message.hasPrefix("Keys: it belongs to another user") == true)
    home.disk.become(0)
    for bits: UInt32 in [0o720, 0o702] {
      home.disk.plant(.permissions(bits), at: MemoryHome.home.keys)
      #expect(throws: LetheError(.io, "")) { try home.open() }
    }
    home.disk.plant(.permissions(0o755), at: MemoryHome.home.keys)
    try home.open().close()
  }

  @Test func `what root does leaves every file to the owner of its folder`() async throws {
    let home = try await Self.home()
    let root = MemoryHome.home
    for folder in [root.path, root.keys, root.log, root.policies, root.readModels, root.log + "/tile"] {
      home.disk.plant(.owner(7), at: folder)
    }
    for folder in ["0", "0/000.p", "entries", "entries/000.p"] {
      home.disk.plant(.owner(7), at: "\(root.log)/tile/\(folder)")
    }
    for file in try FolderTree.files(in: root.path, home.disk) {
      home.disk.plant(.owner(7), at: "\(root.path)/\(file.name)")
    }
    try await home.session { (store) async throws in
      for number in 2..<40 { try await store.append(number, of: "ben") }
      _ = try store.addReplica(MemoryHome.replica)
    }
    for file in try FolderTree.files(in: root.path, home.disk) {
      #expect(try home.disk.facts(of: "\(root.path)/\(file.name)", .refused)?.owner == 7, "\(file.name)")
    }
    for file in try FolderTree.files(in: MemoryHome.replica, home.disk) {
      #expect(try home.disk.facts(of: "\(MemoryHome.replica)/\(file.name)", .refused)?.owner == 7, "\(file.name)")
    }
    home.disk.become(7)
    try home.open().close()
  }

  @Test func `a new cell is not made behind a link or in a file that somebody laid there`() async throws {
    let home = try await Self.home()
    try home.disk.createDirectory("/in-memory/disk")
    try home.disk.replace("/in-memory/victim", with: [1, 2, 3])
    home.disk.plant(.link(to: "/in-memory/victim"), at: "/in-memory/disk/a")
    home.disk.plant(.link(to: "/in-memory/none"), at: "/in-memory/disk/b")
    for name in ["c", "d"] { try home.disk.replace("/in-memory/disk/\(name)", with: []) }
    home.disk.plant(.permissions(0o666), at: "/in-memory/disk/c")
    home.disk.plant(.owner(7), at: "/in-memory/disk/d")
    home.disk.plant(.pipe, at: "/in-memory/disk/e")
    try await home.session { (store) async throws in
      for name in ["a", "b", "c", "d", "e"] {
        #expect(throws: LetheError.self, "\(name)") {
          try store.changeCells(.add(path: "/in-memory/disk/\(name)", sealed: nil))
        }
      }
      try store.changeCells(.add(path: "/in-memory/disk/f", sealed: nil))
    }
    #expect(home.disk.content(of: "/in-memory/victim") == [1, 2, 3] && !home.disk.exists("/in-memory/none"))
    for name in ["c", "d"] { #expect(home.disk.content(of: "/in-memory/disk/\(name)") == []) }
  }

  @Test func `names that begin with a dot are no policies`() async throws {
    let home = try await Self.home()
    for name in ["._test.json", ".test.json"] {
      try home.disk.replace("\(MemoryHome.home.policies)/\(name)", with: [0, 5, 22, 7])
    }
    home.disk.plant(.link(to: "somebody@host.1"), at: "\(MemoryHome.home.policies)/.#test.json")
    try home.open().close()
  }
}
