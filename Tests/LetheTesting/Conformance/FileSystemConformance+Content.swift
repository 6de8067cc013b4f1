internal import LetheSystem

extension FileSystemConformance {
  static let content: [Case] = [
    Case("the cache of a file is dropped without a change") { subject in
      try subject.write("kept", to: "a")
      let file = try subject.files.open(subject.path("a"), .update)
      try file.write(Array("K".utf8), at: 0)
      try file.dropCache()
      try expect(subject.text("a") == "Kept")
    },
    Case("bytes written are read at once, through the same file and another") { subject in
      let file = try subject.files.open(subject.path("a"), .create)
      try file.write([1, 2, 3, 4], at: 0)
      try file.write([9, 9], at: 1)
      for reader in [file, try subject.files.open(subject.path("a"), .read)] {
        try expect(reader.read(count: 4, at: 0) == [1, 9, 9, 4])
        try expect(reader.size() == 4)
      }
      try file.synchronize()
      try expect(file.read(count: 4, at: 0) == [1, 9, 9, 4])
    },
    Case("a read stops at the end of the file, and one past it gives nothing") { subject in
      let file = try subject.files.open(subject.path("a"), .create)
      try expect(file.read(count: 4, at: 0) == [])
      try file.write([1, 2, 3], at: 0)
      try expect(file.read(count: 10, at: 1) == [2, 3])
      try expect(file.read(count: 10, at: 3) == [])
      try expect(file.read(count: 10, at: 1_000_000) == [])
      try expect(file.read(count: 0, at: 0) == [])
    },
    Case("a write past the end leaves zeros between, an empty one leaves nothing") { subject in
      let file = try subject.files.open(subject.path("a"), .create)
      try file.write([7], at: 10_000)
      try expect(file.size() == 10_001)
      try expect(file.read(count: 10_001, at: 0) == [UInt8](repeating: 0, count: 10_000) + [7])
      try file.write([], at: 20_000)
      try expect(file.size() == 10_001)
    },
    Case("truncate cuts, and extends with zeros") { subject in
      let file = try subject.files.open(subject.path("a"), .create)
      try file.write([1, 2, 3, 4], at: 0)
      try file.truncate(to: 2)
      try expect(file.read(count: 9, at: 0) == [1, 2])
      try file.truncate(to: 4)
      try expect(file.read(count: 9, at: 0) == [1, 2, 0, 0])
      try file.truncate(to: 0)
      try expect(file.size() == 0)
      try expectError { try file.truncate(to: -1) }
    },
    Case("a place before the beginning is refused") { subject in
      let file = try subject.files.open(subject.path("a"), .create)
      try expectError { try file.write([1], at: -1) }
      try expectError { _ = try file.read(count: 1, at: -1) }
    },
    Case("random writes and cuts give what an array gives") { subject in
      var generator = SeededGenerator(seed: 11)
      let file = try subject.files.open(subject.path("a"), .create)
      var model: [UInt8] = []
      for _ in 0..<200 {
        let offset = Int.random(in: 0..<3000, using: &generator)
        if Int.random(in: 0..<4, using: &generator) == 0 {
          try file.truncate(to: offset)
          model = Array(model.prefix(offset)) + [UInt8](repeating: 0, count: max(0, offset - model.count))
        } else {
          let bytes = generator.bytes(Int.random(in: 1..<2000, using: &generator))
          try file.write(bytes, at: offset)
          model += [UInt8](repeating: 0, count: max(0, offset + bytes.count - model.count))
          model.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        try expect(file.size() == model.count)
      }
      try expect(subject.files.contents(ofFile: subject.path("a")) == model)
    },
    Case("a direct file reads and writes whole blocks from aligned memory") { subject in
      try subject.files.open(subject.path("a"), .create).truncate(to: 8192)
      let file = try subject.files.open(subject.path("a"), .direct)
      let block = AlignedBlock()
      block.fill(0x5a)
      try block.withBytes { (bytes) throws(LetheError) in try file.write(bytes, at: 4096) }
      try file.synchronize()
      block.fill(0)
      try expect(block.withMutableBytes { (bytes) throws(LetheError) in try file.read(into: &bytes, at: 4096) } == 4096)
      try expect(block.content == [UInt8](repeating: 0x5a, count: 4096))
      let whole = try subject.files.contents(ofFile: subject.path("a"))
      try expect(whole == [UInt8](repeating: 0, count: 4096) + [UInt8](repeating: 0x5a, count: 4096))
      if file.isDirect {
        try expectError { try block.withBytes { (bytes) throws(LetheError) in try file.write(bytes, at: 100) } }
      }
    },
  ]
}
