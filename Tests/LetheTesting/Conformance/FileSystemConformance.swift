public import LetheSystem

/// What every `FileSystem` must do. Run each case with an empty directory of its own, which exists.
public enum FileSystemConformance {
  public struct Subject {
    public let files: any FileSystem
    public let directory: String
    private let lay: (Planted, String) throws -> Void

    /// - Parameter lay: does what somebody else may do to the files.
    public init(
      _ files: any FileSystem, directory: String, planting lay: @escaping (Planted, String) throws -> Void
    ) {
      self.files = files
      self.directory = directory
      self.lay = lay
    }

    func plant(_ planted: Planted, at name: String) throws { try lay(planted, path(name)) }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func write(_ text: String, to name: String) throws {
      let file = try files.open(path(name), .create)
      try file.truncate(to: 0)
      try file.write(Array(text.utf8), at: 0)
    }

    func text(_ name: String) throws -> String {
      String(decoding: try files.contents(ofFile: path(name)), as: UTF8.self)
    }
  }

  public typealias Case = ConformanceCase<Subject>

  public static let cases: [Case] = casesOfContent + whole + watching + classes

  /// What must also be true where a file system neither has owners and times of its own nor tells of changes.
  public static let casesOfContent: [Case] = opening + content + names
}

extension FileSystemConformance {
  static let opening: [Case] = [
    Case("only create and create new make a file") { subject in
      for mode in [OpenMode.read, .update, .direct] {
        try expectError("\(mode)") { _ = try subject.files.open(subject.path("a"), mode) }
        try expect(!subject.files.exists(subject.path("a")))
      }
      for (name, mode) in [("a", OpenMode.create), ("b", .createNew)] {
        _ = try subject.files.open(subject.path(name), mode)
        try expect(subject.files.exists(subject.path(name)))
        try expect(subject.text(name) == "")
      }
    },
    Case("create keeps what is there, create new refuses it") { subject in
      try subject.write("kept", to: "a")
      _ = try subject.files.open(subject.path("a"), .create)
      try expectError { _ = try subject.files.open(subject.path("a"), .createNew) }
      try expect(subject.text("a") == "kept")
    },
    Case("a file opened to read is never written") { subject in
      try subject.write("kept", to: "a")
      let file = try subject.files.open(subject.path("a"), .read)
      try expectError { try file.write([1], at: 0) }
      try expectError { try file.truncate(to: 0) }
      try expect(subject.text("a") == "kept")
      try expect(!file.isDirect)
    },
    Case("a file is not made in a directory that is not there, nor in the place of one") { subject in
      try expectError { _ = try subject.files.open(subject.path("none/a"), .create) }
      try subject.files.createDirectory(subject.path("d"))
      for mode in [OpenMode.update, .create, .createNew, .direct] {
        try expectError("\(mode)") { _ = try subject.files.open(subject.path("d"), mode) }
      }
    },
    Case("a protected file is read, renamed and removed as before; one that is not there cannot be protected") {
      subject in
      try subject.write("kept", to: "a")
      try subject.files.protect(subject.path("a"))
      try expect(subject.text("a") == "kept")
      try subject.files.rename(subject.path("a"), to: subject.path("b"))
      try expect(subject.text("b") == "kept")
      try subject.files.remove(subject.path("b"))
      try expectError { try subject.files.protect(subject.path("b")) }
    },
    Case("all below a directory is synchronized, and it stays as it is") { subject in
      try subject.files.createDirectory(subject.path("d"))
      try subject.write("kept", to: "d/a")
      try subject.files.synchronizeAll(in: subject.directory)
      try expect(subject.text("d/a") == "kept")
      try expectError { try subject.files.synchronizeAll(in: subject.path("none")) }
    },
    Case("an error is io and names the last component alone") { subject in
      do throws(LetheError) {
        _ = try subject.files.open(subject.path("absent.file"), .read)
      } catch let error {
        try expect(error.code == .io)
        try expect(error.place == "absent.file")
        try expect(!"\(error)".contains(subject.directory))
        return
      }
      throw Violation("no error was thrown")
    },
  ]

  static let whole: [Case] = [
    Case("replace makes a file, then gives it new content, and leaves no other file") { subject in
      for text in ["first", "a longer second one", "3", ""] {
        try subject.files.replace(subject.path("a"), with: Array(text.utf8))
        try expect(subject.text("a") == text)
        try expect(subject.files.contents(of: subject.directory) == ["a"])
      }
    },
    Case("replace goes over what an earlier one left") { subject in
      try subject.write("half of an ear", to: "a.new")
      try subject.files.replace(subject.path("a"), with: Array("new".utf8))
      try expect(subject.text("a") == "new")
      try expect(subject.files.contents(of: subject.directory) == ["a"])
    },
    Case("replace that stops at any call leaves the old or the new content whole, and can be done again") { subject in
      let (old, new) = ("old content", "the new content, which is longer")
      for begins in [old, nil] {
        var isDone = false
        var number = 0
        while !isDone {
          try subject.files.remove(subject.path("a"))
          if let begins { try subject.write(begins, to: "a") }
          let faulting = FaultingFileSystem(subject.files)
          let rule = faulting.faults
          let target = number
          rule.decide { call in
            guard call.number == target else { return .proceed }
            return call.kind == .write ? .tear(byteCount: 3) : .stop
          }
          do {
            try faulting.replace(subject.path("a"), with: Array(new.utf8))
            isDone = true
          } catch { try expect(rule.hasStopped, "\(error)") }
          let found = subject.files.exists(subject.path("a")) ? try subject.text("a") : nil
          try expect(isDone ? found == new : found == begins || found == new, "call \(number): \(found ?? "none")")
          try subject.files.replace(subject.path("a"), with: Array(new.utf8))
          try expect(subject.text("a") == new)
          number += 1
        }
        try expect(number > 5, "replace makes several calls")
      }
    },
  ]
}
