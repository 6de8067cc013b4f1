internal import LetheSystem

extension FileSystemConformance {
  static let watching: [Case] = [
    Case("a watch tells of what is written, made and renamed in a folder, also before the wait") { subject in
      try subject.files.createDirectory(subject.path("d"))
      try subject.write("old", to: "d/a")
      let watch = try subject.files.watch(subject.path("d"))
      try subject.write("new", to: "d/a")
      try expect(watch.wait() == .changed)
      try subject.write("more", to: "d/b")
      try expect(watch.wait() == .changed)
      try subject.files.rename(subject.path("d/b"), to: subject.path("d/c"))
      try expect(watch.wait() == .changed)
    },
    Case("a wait that is cancelled ends, as do all later ones") { subject in
      let watch = try subject.files.watch(subject.directory)
      try WorkerThread.start { watch.cancel() }
      while try watch.wait() != .cancelled {}
      try expect(watch.wait() == .cancelled)
    },
    Case("only a folder is watched") { subject in
      try subject.write("", to: "a")
      for name in ["a", "none"] { try expectError(name) { _ = try subject.files.watch(subject.path(name)) } }
    },
  ]
}
