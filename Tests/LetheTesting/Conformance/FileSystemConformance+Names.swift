internal import LetheSystem

extension FileSystemConformance {
  static let names: [Case] = [
    Case("rename puts a file over another in one step; files open before stay what they are") { subject in
      try subject.write("new", to: "a")
      try subject.write("old", to: "b")
      let (new, old) = (
        try subject.files.open(subject.path("a"), .update), try subject.files.open(subject.path("b"), .read)
      )
      try subject.files.rename(subject.path("a"), to: subject.path("b"))
      try expect(!subject.files.exists(subject.path("a")))
      try expect(subject.text("b") == "new")
      try new.write(Array("NEW".utf8), at: 0)
      try expect(subject.text("b") == "NEW")
      try expect(old.read(count: 9, at: 0) == Array("old".utf8))
    },
    Case("rename moves between directories, and to the same name changes nothing") { subject in
      try subject.files.createDirectory(subject.path("d"))
      try subject.write("moved", to: "a")
      try subject.files.rename(subject.path("a"), to: subject.path("d/b"))
      try subject.files.rename(subject.path("d/b"), to: subject.path("d/b"))
      try expect(subject.text("d/b") == "moved")
      try expect(subject.files.contents(of: subject.directory) == ["d"])
    },
    Case("rename of what is not there, to where nothing can be, or over a directory is refused") { subject in
      try subject.files.createDirectory(subject.path("d"))
      try subject.write("kept", to: "a")
      try expectError { try subject.files.rename(subject.path("none"), to: subject.path("b")) }
      try expectError { try subject.files.rename(subject.path("a"), to: subject.path("none/a")) }
      try expectError { try subject.files.rename(subject.path("a"), to: subject.path("d")) }
      try expect(subject.text("a") == "kept")
    },
    Case("remove takes a file away, which stays readable where it is open") { subject in
      try subject.write("gone", to: "a")
      let file = try subject.files.open(subject.path("a"), .read)
      try subject.files.remove(subject.path("a"))
      try expect(!subject.files.exists(subject.path("a")))
      try expect(file.read(count: 9, at: 0) == Array("gone".utf8))
      try subject.write("next", to: "a")
      try expect(file.read(count: 9, at: 0) == Array("gone".utf8))
    },
    Case("remove of an absent file is no error, of a directory it is") { subject in
      try subject.files.remove(subject.path("none"))
      try subject.files.createDirectory(subject.path("d"))
      try expectError { try subject.files.remove(subject.path("d")) }
      try expect(subject.files.exists(subject.path("d")))
    },
    Case("the names in a directory are sorted by their bytes") { subject in
      let names = ["b", "a", "Z", "a.new", "é", "a-", "10", "9", "~"]
      for name in names { try subject.write("", to: name) }
      try subject.files.createDirectory(subject.path("c/inner"))
      let found = try subject.files.contents(of: subject.directory)
      try expect(found == ["10", "9", "Z", "a", "a-", "a.new", "b", "c", "~", "é"], "\(found)")
      try expect(subject.files.contents(of: subject.path("c")) == ["inner"])
      try expect(subject.files.contents(of: subject.path("c/inner")) == [])
      try expectError { _ = try subject.files.contents(of: subject.path("none")) }
      try expectError { _ = try subject.files.contents(of: subject.path("a")) }
    },
    Case("directories are made with those above them, once and again") { subject in
      let path = subject.path("x/y/z")
      for _ in 0..<2 { try subject.files.createDirectory(path) }
      try subject.files.createDirectory(path + "/")
      for name in ["x", "x/y", "x/y/z"] { try expect(subject.files.exists(subject.path(name))) }
      try subject.write("inside", to: "x/y/z/a")
      try expect(subject.text("x/y/z/a") == "inside")
    },
    Case("a directory is not made in the place of a file or below one") { subject in
      try subject.write("kept", to: "a")
      try expectError { try subject.files.createDirectory(subject.path("a")) }
      try expectError { try subject.files.createDirectory(subject.path("a/b")) }
      try expectError { try subject.files.createDirectory("") }
      try expect(subject.text("a") == "kept")
    },
    Case("an entry is told by its kind, and a directory is removed only when it is empty") { subject in
      try subject.write("four", to: "d")
      try expect(subject.files.entry(at: subject.path("d")) == .file(byteCount: 4))
      try expectError { try subject.files.removeDirectory(subject.path("d")) }
      try subject.files.remove(subject.path("d"))
      try expect(subject.files.entry(at: subject.path("d")) == .absent)
      try subject.files.createDirectory(subject.path("d/inner"))
      try expect(subject.files.entry(at: subject.path("d")) == .directory)
      try expectError { try subject.files.removeDirectory(subject.path("d")) }
      for name in ["d/inner", "d", "d"] { try subject.files.removeDirectory(subject.path(name)) }
      try expect(!subject.files.exists(subject.path("d")))
    },
    Case("a folder is locked for one owner until it gives the lock back or goes") { subject in
      let note = subject.path("note")
      let first = try subject.files.lock(subject.directory, note: note, waiting: .zero)
      try expectError { _ = try subject.files.lock(subject.directory, note: note, waiting: .zero) }
      first.release()
      do { _ = try subject.files.lock(subject.directory, note: note, waiting: .zero) }
      let last = try subject.files.lock(subject.directory, note: note, waiting: .zero)
      first.release()
      try expectError { _ = try subject.files.lock(subject.directory, note: note, waiting: .zero) }
      last.release()
      try expectError { _ = try subject.files.lock(subject.path("none"), note: note, waiting: .zero) }
    },
    Case("a directory can be synchronized, what is none cannot") { subject in
      try subject.write("a", to: "a")
      try subject.files.synchronizeDirectory(subject.directory)
      try expectError { try subject.files.synchronizeDirectory(subject.path("none")) }
      try expectError { try subject.files.synchronizeDirectory(subject.path("a")) }
    },
  ]
}
