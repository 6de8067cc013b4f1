internal import LetheSystem

extension FileSystemConformance {
  static let classes: [Case] = [
    Case("what is no file is refused at once, whatever it is opened for") { subject in
      for (name, planted) in [("p", Planted.pipe), ("s", .socket), ("d", .device)] {
        try subject.plant(planted, at: name)
        for mode in [OpenMode.read, .update, .create, .createNew] {
          try expectError("\(name) \(mode)") { _ = try subject.files.open(subject.path(name), mode) }
        }
      }
      try subject.files.createDirectory(subject.path("folder"))
      try expectError { _ = try subject.files.open(subject.path("folder"), .read) }
    },
    Case("a file is read and updated behind a link, and neither made nor overwritten behind one") { subject in
      try subject.write("kept", to: "a")
      try subject.plant(.link(to: subject.path("a")), at: "l")
      try expect(subject.text("l") == "kept")
      _ = try subject.files.open(subject.path("l"), .update)
      for mode in [OpenMode.create, .createNew] {
        try expectError("\(mode)") { _ = try subject.files.open(subject.path("l"), mode) }
      }
      try subject.plant(.link(to: subject.path("none")), at: "n")
      for mode in [OpenMode.read, .create, .createNew] {
        try expectError("\(mode)") { _ = try subject.files.open(subject.path("n"), mode) }
      }
      try expect(!subject.files.exists(subject.path("none")))
      try expect(subject.files.facts(of: subject.path("n"), .refused)?.kind == .link)
      try expect(subject.files.facts(of: subject.path("n"), .followed) == nil)
    },
    Case("a secret has no bits for others, one name and no link") { subject in
      let secret = FileClass.secret("a secret", ownedLike: subject.directory)
      func isRefused() -> Bool { (try? subject.files.open(subject.path("a"), .read, as: secret)) == nil }
      _ = try subject.files.open(subject.path("a"), .createNew, as: secret)
      try expect(!isRefused())
      for bits: UInt32 in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601] {
        try subject.plant(.permissions(bits), at: "a")
        try expect(isRefused(), String(bits, radix: 8))
      }
      try subject.plant(.permissions(0o600), at: "a")
      try expect(!isRefused())
      try subject.plant(.name(of: subject.path("a")), at: "b")
      try expect(isRefused())
      try subject.plant(.link(to: subject.path("a")), at: "l")
      try expectError { _ = try subject.files.open(subject.path("l"), .read, as: secret) }
    },
    Case("a file is no larger than its class allows, and a large one is not mostly holes") { subject in
      let small = FileClass("a small file", atMost: 4)
      try subject.write("four", to: "a")
      try expect(subject.files.contents(ofFile: subject.path("a"), as: small) == Array("four".utf8))
      try subject.write("fives", to: "a")
      try expectError { _ = try subject.files.contents(ofFile: subject.path("a"), as: small) }
      try subject.plant(.sparse(byteCount: 8 << 30), at: "h")
      try expectError { _ = try subject.files.open(subject.path("h"), .read) }
    },
    Case("a secret of a cell may come from a pipe, which is opened without waiting, or a file closed to others") {
      subject in
      let given = FileClass("a secret", kinds: .filesAndPipes, access: .closedToOthers)
      try subject.plant(.pipe, at: "p")
      try expect(subject.files.open(subject.path("p"), .read, as: given).facts().kind == .pipe)
      try subject.write("secret", to: "a")
      try expect(subject.files.contents(ofFile: subject.path("a"), as: given) == Array("secret".utf8))
      try subject.plant(.permissions(0o644), at: "a")
      try expectError { _ = try subject.files.open(subject.path("a"), .read, as: given) }
    },
    Case("a coarse time is the hour, or a second after the time before") { subject in
      let file = try subject.files.open(subject.path("a"), .create)
      try file.write([1], at: 0)
      let hour = try file.coarsenTime(after: nil)
      try expect(file.facts().modified == hour)
      try expect(hour.seconds % 3600 == 0 && hour.nanoseconds == 0, "\(hour)")
      try file.write([2], at: 0)
      try expect(file.facts().modified != hour)
      let next = try subject.files.coarsenTime(of: subject.path("a"), after: hour)
      try expect(next == FileTime(seconds: hour.seconds + 1))
      try expect(file.facts().modified == next)
      // A time that was never set is not gone behind, whatever the clock says.
      try file.coarsenTime(after: FileTime(seconds: hour.seconds + 7200, nanoseconds: 5))
      try expect(file.facts().modified == FileTime(seconds: hour.seconds + 7201))
      try subject.files.coarsenTime(of: subject.directory, after: nil)
      try expect(subject.files.facts(of: subject.directory, .followed)?.modified == hour)
      try expectError { try subject.files.coarsenTime(of: subject.path("none"), after: nil) }
    },
    Case("what replaces a file has another time in whole seconds") { subject in
      var times: Set<Int64> = []
      for byte in UInt8(0)..<5 {
        try subject.files.replace(subject.path("a"), with: [byte])
        if let facts = try subject.files.facts(of: subject.path("a"), .refused) { times.insert(facts.modified.seconds) }
      }
      try expect(times.count == 5, "\(times)")
    },
    Case("a file is locked for one opening until that unlocks or closes it") { subject in
      var first: (any File)? = try subject.files.open(subject.path("a"), .create)
      let second = try subject.files.open(subject.path("a"), .update)
      try first?.lock(waiting: .zero)
      try expectError { try second.lock(waiting: .zero) }
      first?.unlock()
      try second.lock(waiting: .zero)
      try expectError { try first?.lock(waiting: .zero) }
      second.unlock()
      try first?.lock(waiting: .zero)
      first = nil
      try second.lock(waiting: .zero)
    },
    Case("the right to write in a folder is taken from others") { subject in
      try subject.files.createDirectory(subject.path("d"))
      try subject.plant(.permissions(0o777), at: "d")
      try subject.files.closeToOthers(subject.path("d"))
      try expect(subject.files.facts(of: subject.path("d"), .refused)?.permissions == 0o755)
    },
  ]
}
