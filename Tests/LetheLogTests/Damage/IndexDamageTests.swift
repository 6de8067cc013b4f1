import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

/// Bytes of an index are changed: what is asked for is then made again, refused, or right; never wrong.
@Suite struct IndexDamageTests {
  private static let options = LogOptions.small(8192)

  /// Something that is asked of an index, and the answer as numbers.
  private struct Question {
    let ask: (FileLog) throws(LetheError) -> [UInt64]
    let answer: [UInt64]
  }

  /// All that an index answers of a history.
  private func questions(_ history: History) -> [Question] {
    var questions: [Question] = []
    for stream in history.streams {
      questions += [
        Question(
          ask: { (log) throws(LetheError) in [try log.nextRevision(of: stream)] },
          answer: [history.nextRevision(of: stream)]),
        Question(
          ask: { (log) throws(LetheError) in try log.positions(of: stream, 0..<100) },
          answer: history.positions(of: stream, 0..<100)),
        Question(
          ask: { (log) throws(LetheError) in try log.positions(ofFactsAbout: stream) },
          answer: history.positions(ofFactsAbout: stream)),
      ]
    }
    let keys = history.keys
    for range in Set(keys.map { $0 >> 4 }).sorted().map({ $0 << 4...$0 << 4 + 15 }) {
      questions += [
        Question(
          ask: { (log) throws(LetheError) in try log.positions(under: range, .events) },
          answer: history.positions(under: range, .events)),
        Question(
          ask: { (log) throws(LetheError) in try log.highestKey(notAbove: range.upperBound).map { [$0] } ?? [] },
          answer: keys.last { $0 <= range.upperBound }.map { [$0] } ?? []),
        Question(
          ask: { (log) throws(LetheError) in try log.keys(in: range) }, answer: keys.filter { range.contains($0) }),
      ]
    }
    questions.append(Question(ask: { $0.landmarks }, answer: history.landmarks))
    for position in [0, 3] {
      questions.append(
        Question(
          ask: { (log) throws(LetheError) in try log.record(at: UInt64(position)).bytes.map { UInt64($0) } },
          answer: history.records[position].bytes.map { UInt64($0) }))
    }
    return questions
  }

  /// How many of the questions were refused; all others have the right answer.
  private func refusals(_ questions: [Question], by log: FileLog, _ comment: Comment) -> Int {
    questions.count { question in
      do throws(LetheError) {
        let answer = try question.ask(log)
        #expect(answer == question.answer, comment)
        return false
      } catch {
        #expect(error.code == .damage && error.place == LogLayout.index(0), "\(comment): \(error)")
        return true
      }
    }
  }

  @Test(arguments: [LogAccess.read, .write])
  func `a flipped byte in an index is never a wrong answer`(access: LogAccess) throws {
    let history = try History(seed: 21, groups: 20)
    let questions = questions(history)
    let whole = try makeFiles(history)
    let index = try #require(whole.content(of: indexPath()))
    var generator = SeededGenerator(seed: 5)
    var (madeAgain, refused) = (0, 0)
    // The head's values, and some bytes of every page.
    let places =
      Exhaustive.some(Array(0..<152), every: 12)
      + Exhaustive.some(Array(stride(from: 152, to: index.count, by: 61)), every: 30)
    for place in places {
      let mask = UInt8.random(in: 1...255, using: &generator)
      let files = whole.crash(.all)
      files.damage(indexPath()) { $0[place] ^= mask }
      let damaged = files.content(of: indexPath())
      let log = try openLog(files, access: access, options: Self.options)
      try log.finish()
      if refusals(questions, by: log, "byte \(place) ^ \(mask)") > 0 { refused += 1 }
      if files.content(of: indexPath()) != damaged { madeAgain += 1 }
    }
    #expect(refused > 0 && (madeAgain > 0) == (access == .write))
  }

  @Test func `an index that was removed because it is damaged is made again`() throws {
    let history = try History(seed: 21, groups: 20)
    let files = try makeFiles(history)
    // A page of stream rows.
    files.damage(indexPath()) { $0[3 * 4096] ^= 1 }
    #expect(refusals(questions(history), by: try openLog(files, options: Self.options), "damaged") > 0)
    try files.remove(indexPath())
    try openLog(files, options: Self.options).finish()
    #expect(refusals(questions(history), by: try openLog(files, options: Self.options), "made again") == 0)
  }

  private func makeFiles(_ history: History) throws -> MemoryFileSystem {
    let files = MemoryFileSystem()
    let log = try FileLog.create(
      in: logDirectory, fileSystem: files, storeID: testStoreID, noting: FactNoting(), options: Self.options)
    var start = 0
    for size in history.groupSizes {
      _ = try log.append([history.entries[start..<start + size].prepared])
      start += size
    }
    #expect(try files.segmentStarts().count >= 3)
    return files
  }

  @Test func `pages of an index that are in each other's place are seen`() throws {
    let history = try History(seed: 22, groups: 20)
    let questions = questions(history)
    let whole = try makeFiles(history)
    let pages = try #require(whole.content(of: indexPath())).count / 4096
    for (left, right) in zip(0..<pages, 1..<pages) {
      let files = whole.crash(.all)
      files.damage(indexPath()) { bytes in
        for byte in 0..<4096 { bytes.swapAt(left * 4096 + byte, right * 4096 + byte) }
      }
      let log = try openLog(files, access: .read, options: Self.options)
      _ = refusals(questions, by: log, "pages \(left) and \(right)")
    }
  }

  @Test(arguments: [0, 64, 4096, 20000])
  func `an index that was cut is made again or refused`(byteCount: Int) throws {
    let history = try History(seed: 23, groups: 20)
    for access in [LogAccess.read, .write] {
      let files = try makeFiles(history)
      files.damage(indexPath()) { $0 = Array($0.prefix(byteCount)) }
      let log = try openLog(files, access: access, options: Self.options)
      _ = refusals(questions(history), by: log, "\(byteCount) bytes")
      try log.finish()
    }
  }
}
