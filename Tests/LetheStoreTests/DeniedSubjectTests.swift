import LethePolicies
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheLog
@testable import LetheStore

/// Indexes of segments that deny what their segments hold, each with the right checksums.
@Suite struct DeniedSubjectTests {
  static let subjects = (0..<12).map { "p-\($0)" }

  /// A home of several segments, in which each subject has events in most of them.
  static func made() async throws -> MemoryHome {
    let home = try MemoryHome(logOptions: MemoryHome.smallSegments)
    try await home.session { store in
      for number in 0..<6 {
        for subject in subjects { try await store.append(number, of: subject) }
      }
    }
    return home
  }

  /// Changes each index of a home's log.
  static func forge(
    _ home: MemoryHome, _ change: (SegmentIndex.Columns, inout [UInt8]) -> Void
  ) throws -> Int {
    let log = MemoryHome.home.path + "/Log"
    let names = try home.disk.contents(of: log).filter { $0.hasSuffix(".index") }
    for name in names {
      let path = "\(log)/\(name)"
      var bytes = try home.disk.contents(ofFile: path)
      let first = bytes.span.littleEndian64(at: 32)
      let index = try SegmentIndex(
        home.disk.open(path, .read), name: name, first: first, storeID: Array(bytes[16..<32]))
      change(index.columns, &bytes)
      for page in 1..<bytes.count / IndexPages.byteCount {
        let start = page * IndexPages.byteCount
        let end = start + IndexPages.contentByteCount
        let checksum = IndexPages.checksum(bytes.span.extracting(start..<end), page: page)
        bytes.replaceSubrange(
          end..<end + 4, with: (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) })
      }
      try home.disk.remove(path)
      try home.disk.open(path, .createNew).write(bytes.span, at: 0)
    }
    return names.count
  }

  @Test func `a filter that denies everybody makes nobody unknown and no event new`() async throws {
    let home = try await Self.made()
    let count = try Self.forge(home) { columns, bytes in
      for page in columns.streamFilter.firstPage..<columns.keyFilter.endPage {
        let start = page * IndexPages.byteCount
        for at in start..<start + IndexPages.contentByteCount { bytes[at] = 0 }
      }
    }
    #expect(count > 2)
    try await home.session { store async throws in
      for subject in Self.subjects {
        let status = try store.status(ofSubject: subject)
        #expect(status.state == .live && status.events == 6)
        #expect(try store.items(.stream(StreamName("patient-\(subject)"))).count == 6)
        let again = try await store.append(2, of: subject)
        #expect(again.outcome == .duplicate)
        let next = try await store.append(6, of: subject)
        #expect(next.outcome == .appended && next.firstRevision == 6)
      }
      #expect(try store.status(ofSubject: "somebody else").state == .unknown)
    }
  }

  @Test func `an index without a subject's row is damage, and makes nobody unknown`() async throws {
    let home = try await Self.made()
    let kid = try await home.session { store in try #require(try store.subjectIndex(ofSubject: "p-3")).kid(slot: 0) }
    _ = try Self.forge(home) { columns, bytes in
      for row in 0..<columns.keyRows.count {
        let at = columns.keyRows.page(of: row) * IndexPages.byteCount + columns.keyRows.offset(of: row)
        guard bytes.span.littleEndian64(at: at) == kid.rawValue else { continue }
        // One less is a slot of the subject before, which has none so high: the rows stay in order.
        let bits = kid.rawValue - 1
        for byte in 0..<8 { bytes[at + byte] = UInt8(truncatingIfNeeded: bits >> UInt64(8 * byte)) }
        guard row % columns.keyRows.perPage == 0 else { continue }
        let page = row / columns.keyRows.perPage
        let fence = columns.keyFences.page(of: page) * IndexPages.byteCount + columns.keyFences.offset(of: page)
        for byte in 0..<8 { bytes[fence + byte] = UInt8(truncatingIfNeeded: bits >> UInt64(8 * byte)) }
      }
    }
    // The store vouches for no such page; with what it says to be done, all are there.
    await #expect(throws: LetheError(.damage, "")) {
      try await home.session { store throws in _ = try store.status(ofSubject: "p-3") }
    }
    let log = MemoryHome.home.log
    for name in try home.disk.contents(of: log) where name.hasSuffix(".index") {
      try home.disk.remove("\(log)/\(name)")
    }
    try await home.session { store throws in
      for subject in ["p-3", "p-4"] { #expect(try store.status(ofSubject: subject).state == .live) }
    }
  }
}
