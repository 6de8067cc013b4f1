import LetheSystem
import Testing

@Suite struct LayeringTests {
  static let files = LocalFileSystem()
  /// Of this package, from where this file was compiled.
  static let sources = #filePath.parentPath.parentPath.parentPath.parentPath + "/Sources"

  /// The Swift files under a directory, as paths.
  static func swiftFiles(under directory: String) throws -> [String] {
    try files.contents(of: directory).flatMap { name -> [String] in
      let path = "\(directory)/\(name)"
      if name.hasSuffix(".swift") { return [path] }
      return isDirectory(path) ? try swiftFiles(under: path) : []
    }
  }

  private static func isDirectory(_ path: String) -> Bool { files.exists(path + "/.") }

  static func imports(of path: String) throws -> [ImportLine] {
    ImportLine.all(in: String(decoding: try files.contents(ofFile: path), as: UTF8.self))
  }

  @Test func `every folder of Sources is a target with a place in the layers`() throws {
    let targets = try Set(Self.files.contents(of: Self.sources))
    let known = Set(Layers.allowed.keys).union(Layers.systemLibraries)
    #expect(targets.subtracting(known) == [], "give a new target its line in Layers.allowed")
    #expect(known.subtracting(targets) == [], "take a target that is gone out of Layers.allowed")
  }

  @Test(arguments: Layers.allowed.keys.sorted())
  func `a target imports only what its place allows`(target: String) throws {
    let allowed = try #require(Layers.allowed[target]).union(Layers.everywhere)
    let paths = try Self.swiftFiles(under: "\(Self.sources)/\(target)")
    #expect(!paths.isEmpty)
    for path in paths {
      for line in try Self.imports(of: path) {
        #expect(allowed.contains(line.module), "\(target)/\(path.lastPathComponent) imports \(line.module)")
        if let owner = Layers.owners[line.module] {
          #expect(
            owner == target && line.access == "internal", "\(path.lastPathComponent): \(line.module) is not internal")
        }
      }
    }
  }

  @Test(arguments: Layers.systemLibraries.sorted())
  func `a system library holds no Swift`(target: String) throws {
    #expect(try Self.swiftFiles(under: "\(Self.sources)/\(target)") == [])
  }

  @Test func `the layers have no circle and keep the siblings apart`() throws {
    let siblings: Set<String> = ["LetheLog", "LetheVault", "LethePolicies"]
    for sibling in siblings { #expect(try #require(Layers.allowed[sibling]).isDisjoint(with: siblings)) }
    // Each target in turn after all that it imports.
    var placed: Set<String> = []
    while let next = Layers.allowed.first(where: { target, modules in
      !placed.contains(target) && modules.allSatisfy { Layers.allowed[$0] == nil || placed.contains($0) }
    }) {
      placed.insert(next.key)
    }
    #expect(placed == Set(Layers.allowed.keys))
    #expect(!Layers.allowed.values.joined().contains("Foundation") && !Layers.everywhere.contains("Foundation"))
  }

  @Test func `imports are found however they are written`() {
    let text = """
      // import Comment
      internal import One
      public  import struct Two.Thing // why
      @testable import Three
      @preconcurrency public import Four; import Five
        import Six
      /* import Hidden
      import HiddenToo */
      let text = "import Seven"
      let imported = 1
      #if os(Linux)
      import class Eight.Inner
      #endif
      """
    #expect(
      ImportLine.all(in: text) == [
        .init("internal", "One"), .init("public", "Two"), .init(nil, "Three"), .init("public", "Four"),
        .init(nil, "Five"), .init(nil, "Six"), .init(nil, "Eight"),
      ])
  }
}
