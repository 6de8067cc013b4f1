import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog
@testable import LetheStore

@Suite struct ReadTests {
  @Test func `positions rise, revisions count from 0 in each stream, and facts are hidden unless asked for`()
    async throws
  {
    try await TestHome().session { (store) async throws in
      for number in 0..<6 { try await store.append(number, of: number.isMultiple(of: 2) ? "anna" : "bert") }
      let items = try store.items()
      #expect(items.map(\.position) == items.map(\.position).sorted())
      #expect(items.filter { $0.stream?.text == "patient-anna" }.map(\.revision) == [0, 1, 2])
      let all = try store.items(.all, ReadOptions(facts: .included))
      #expect(all.map(\.position) == Array(0..<store.count))
    }
  }

  @Test func `from, limit and backwards select`() async throws {
    try await TestHome().session { (store) async throws in
      for number in 0..<10 { try await store.append(number, of: "anna") }
      let stream = Selection.stream(try StreamName("patient-anna"))
      func revisions(_ options: ReadOptions) throws -> [UInt64] { try store.items(stream, options).map(\.revision) }
      #expect(try revisions(ReadOptions(start: 3, limit: 4)) == [3, 4, 5, 6])
      #expect(try revisions(ReadOptions(limit: 2, direction: .backwards)) == [9, 8])
      #expect(try revisions(ReadOptions(start: 4, limit: 3, direction: .backwards)) == [4, 3, 2])
      #expect(try revisions(ReadOptions(start: 99)).isEmpty)
      let positions = try store.items().map(\.position)
      #expect(try store.items(.all, ReadOptions(direction: .backwards)).map(\.position) == positions.reversed())
      #expect(try store.items(.all, ReadOptions(start: positions[5])).map(\.position) == Array(positions[5...]))
    }
  }

  @Test func `since selects by recorded time, since-event by the event's own`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      try await store.append(1, of: "anna")
      home.clock.advance(by: .seconds(7200))
      let later = home.clock.now()
      try await store.append(2, of: "anna")
      #expect(try store.items(.all, ReadOptions(since: later)).map(\.revision) == [1])
      let time = try #require(Timestamp(rfc3339: "2023-11-14T22:13:20Z"))
      #expect(try store.items(.all, ReadOptions(sinceEventTime: time)).count == 2)
      let after = Timestamp(microseconds: time.microseconds + 1)
      #expect(try store.items(.all, ReadOptions(sinceEventTime: after)).isEmpty)
    }
  }

  @Test func `a stream that nobody made is unknown`() async throws {
    try await TestHome().session { (store) async throws in
      #expect(throws: LetheError(.unknownStream, "")) { try store.items(.stream(StreamName("patient-x"))) }
    }
  }

  @Test func `P5 a reader is never stopped by a shredded event`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      for number in 0..<9 { try await store.append(number, of: ["anna", "bert", "cleo"][number % 3]) }
      try forget("bert", in: store)
      let states = try store.items().map { try #require($0.state) }
      for (number, state) in states.enumerated() {
        if number % 3 == 1 {
          guard case .shredded = state else {
            Issue.record("not shredded")
            continue
          }
        } else {
          #expect(state == .open)
        }
      }
    }
  }

  @Test func `two cores give what one gives, in order, and stop where they are told to`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      // A passage of the companion's has more bytes than it may hold.
      let long = "\"\(String(repeating: "x", count: 300_000))\""
      let requests = try (0..<2400).map { number in
        let subject = "subject-\(number % 40)"
        let data = (1700..<1720).contains(number) ? long : nil
        return AppendRequest(to: try StreamName("patient-\(subject)"), [try event(number, of: subject, data: data)])
      }
      for result in await store.append(requests) { _ = try result.get() }
      try forget("subject-7", in: store)
      func seen(_ options: ReadOptions) throws -> [String] {
        try store.items(.all, options).map { "\($0.position) \($0.text ?? "") \(String(describing: $0.state))" }
      }
      for start in [0, 300, 1300] as [UInt64] {
        for limit in [nil, 0, 1, 1024, 1025, 1536, 2100] as [Int?] {
          for facts in [ReadOptions.Facts.hidden, .included] {
            let options = ReadOptions(start: start, limit: limit, facts: facts)
            var both = options
            both.cores = .two
            #expect(try seen(both) == seen(options), "from \(start), \(limit ?? -1)")
          }
        }
      }
      var positions: [UInt64] = []
      try store.read(.all, ReadOptions(cores: .two)) { item in
        positions.append(item.position)
        return positions.count == 700 ? .stop : .continue
      }
      #expect(try positions == store.items(.all, ReadOptions(limit: 700)).map(\.position))
    }
    // Where a record is damaged, all before it are given.
    let store = try home.open()
    let damaged = try store.items()[777].position
    let path = home.home.path + "/Log/" + LogLayout.segment(0)
    let files = LocalFileSystem()
    let record = try store.parts.log.record(at: damaged).bytes
    let bytes = try files.contents(ofFile: path)
    let starts = 0..<bytes.count - record.count
    let place = try #require(starts.first { bytes[$0..<$0 + 60].elementsEqual(record[..<60]) })
    try files.open(path, .update).write([bytes[place + 100] ^ 1], at: place + 100)
    for cores in [ReadOptions.Cores.one, .two] {
      var (count, last) = (0, UInt64(0))
      let error = #expect(throws: LetheError(.damage, "")) {
        try store.read(.all, ReadOptions(cores: cores)) { item in
          (count, last) = (count + (item.state == .open ? 1 : 0), item.position)
          return .continue
        }
      }
      // Nothing is read behind the last one that is wanted; of the forgotten no time is known.
      let time = Timestamp(rfc3339: "2023-11-14T22:13:20Z")
      #expect(try store.items(.all, ReadOptions(limit: count, sinceEventTime: time, cores: cores)).count == count)
      #expect(error?.place?.contains("position \(damaged)") == true && last < damaged && last > damaged - 10)
    }
  }

  @Test(arguments: [ReadOptions.Cores.one, .two])
  func `of whom a forget starts while the log is read nothing more is given`(cores: ReadOptions.Cores) async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      let requests = try (0..<1500).map { number in
        let subject = "subject-\(number % 40)"
        return AppendRequest(to: try StreamName("patient-\(subject)"), [try event(number, of: subject)])
      }
      for result in await store.append(requests) { _ = try result.get() }
      var (count, before, after) = (0, 0, 0)
      var isForgotten = false
      try store.read(.all, ReadOptions(cores: cores)) { item in
        count += 1
        if item.text?.contains("\"subject-7\"") == true { if isForgotten { after += 1 } else { before += 1 } }
        // By now a companion has opened all up to position 1023.
        if item.position >= 512, !isForgotten {
          isForgotten = true
          #expect(throws: Never.self) { try forget("subject-7", in: store) }
        }
        return .continue
      }
      #expect(count == 1500 && before > 5 && after == 0)
    }
  }

  /// Nobody signs an index, and whoever can write it can make its checksums fit.
  @Test func `what an index says of a stream is believed only as far as the records bear it out`() async throws {
    let home = try MemoryHome(logOptions: MemoryHome.smallSegments)
    try await home.session { (store) async throws in
      for number in 0..<40 { try await store.append(number, of: number.isMultiple(of: 2) ? "anna" : "bert") }
    }
    let folder = MemoryHome.home.log
    let indexes = try home.disk.contents(of: folder).filter { $0.hasSuffix(".index") }
    #expect(indexes.count > 2)
    var wrong = 0
    for name in indexes {
      let bytes = try home.disk.contents(ofFile: "\(folder)/\(name)")
      // The column of the streams' postings follows those of offsets, tags and rows, each of one page here.
      for place in 0..<6 {
        let trial = home.copy()
        var forged = bytes
        let page = 4 * IndexPages.byteCount
        forged[page + 4 * place] ^= 2
        let content = Array(forged[page..<page + IndexPages.contentByteCount])
        let sum = IndexPages.checksum(content.span, page: 4).littleEndianBytes
        forged.replaceSubrange(page + IndexPages.contentByteCount..<page + IndexPages.byteCount, with: sum)
        try trial.disk.replace("\(folder)/\(name)", with: forged)
        let store = try trial.open()
        for subject in ["anna", "bert"] {
          let stream = Selection.stream(try StreamName("patient-\(subject)"))
          do {
            let items = try store.items(stream)
            #expect(items.map(\.revision) == Array(0..<20))
            #expect(items.allSatisfy { $0.text?.contains("\"datasubject\":\"\(subject)\"") == true })
          } catch let error as LetheError {
            #expect(error.code == .damage, "\(error)")
            wrong += 1
          }
        }
      }
    }
    #expect(wrong > 0)
  }
}
