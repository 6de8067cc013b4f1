import LethePolicies
import LetheSystem
import Synchronization
import Testing

@testable import lethe

@Suite struct ImportTests {
  /// So many events that several groups are under way, all to one stream.
  static let lines = (0..<1300).map { event("e\($0)", stream: "patient-1", subject: "P-1", data: "\($0)") }
  static let text = lines.joined(separator: "\n")

  private static func ids(_ clinic: Clinic) async throws -> [String] {
    let read = await clinic.run("read", "patient-1")
    return try read.lines.map { line in
      guard case .string(let id)? = try JSONValue(parsing: Array(line.utf8))["id"] else { return "" }
      return id
    }
  }

  @Test(arguments: [100, 4096, 1 << 20])
  func `events keep their order however the input comes`(pieceByteCount: Int) async throws {
    let clinic = try await Clinic.made()
    let ran = await clinic.run(
      ["import", "-"], source: PiecewiseSource(Self.text, pieceByteCount: pieceByteCount), Interruption())
    #expect(ran.code == .success && ran.errors.isEmpty)
    #expect(try await Self.ids(clinic) == (0..<1300).map { "e\($0)" })
  }

  @Test func `what is acknowledged rises group by group to all there is`() async throws {
    let clinic = try await Clinic.made()
    let ran = await clinic.run("import", "-", "--acks", "--json", input: Self.text)
    #expect(ran.errorLines == ["{\"acknowledged\":512}", "{\"acknowledged\":1024}", "{\"acknowledged\":1300}"])
  }

  @Test func `who writes slowly is answered for what is there`() async throws {
    let clinic = try await Clinic.made()
    let source = PiecewiseSource(
      Self.lines[..<4].joined(separator: "\n") + "\n", pieceByteCount: Self.lines[0].utf8.count + 1, isReady: false)
    let ran = await clinic.run(["import", "-", "--acks"], source: source, Interruption())
    #expect(ran.errorLines == (1...4).map { "{\"acknowledged\":\($0)}" })
  }

  @Test func `an interruption ends it with what is durable`() async throws {
    let clinic = try await Clinic.made()
    let isRequested = Atomic(false)
    let wasPrepared = Atomic(false)
    let source = PiecewiseSource(Self.text, pieceByteCount: 100_000) { piece in
      if piece == 1 { isRequested.store(true, ordering: .relaxed) }
    }
    let interruption = Interruption(
      prepare: { wasPrepared.store(true, ordering: .relaxed) }, isRequested: { isRequested.load(ordering: .relaxed) })
    let ran = await clinic.run(["import", "-", "--json"], source: source, interruption)
    #expect(ran.code == .failed && wasPrepared.load(ordering: .relaxed))
    #expect(
      ran.errorLines == [
        "lethe: the import was interrupted; what is counted is durable, and the same import again goes on from there"
      ])
    let json = try ran.json()
    guard case .number(let count)? = json["events"], case .bool(true)? = json["interrupted"] else {
      Issue.record("no counts: \(ran.out)")
      return
    }
    #expect(count.text == "512")
    #expect(try await Self.ids(clinic) == (0..<512).map { "e\($0)" })
    let again = await clinic.run("import", "-", "--json", input: Self.text)
    #expect(again.out.hasPrefix("{\"events\":788,\"duplicates\":512,\"refused\":0,"))
  }

  @Test func `refusals beyond the tenth are counted only`() async throws {
    let clinic = try await Clinic.made()
    let orphans = (0..<25).map { event("o\($0)", stream: "patient-\($0)") }.joined(separator: "\n")
    let ran = await clinic.run("import", "-", "--json", input: orphans)
    #expect(ran.code == .failed && ran.out.hasPrefix("{\"events\":0,\"duplicates\":0,\"refused\":25,"))
    #expect(ran.errorLines.count == 11 && ran.errorLines[9].hasPrefix("lethe: line 10 was refused (policy): "))
    #expect(ran.errorLines[10] == "lethe: further refusals are counted only")
  }

  @Test func `a broken line far behind names itself and keeps what came before`() async throws {
    let clinic = try await Clinic.made()
    let ran = await clinic.run(
      "import", "-", "--json", input: Self.lines[..<700].joined(separator: "\n") + "\n{\"id\":\n")
    #expect(ran.code == .couldNotRun && ran.out.hasPrefix("{\"events\":700,"))
    #expect(ran.errors.contains("line 701"))
    #expect(try await Self.ids(clinic).count == 700)
  }

  @Test func `nothing is read where there is no home`() async throws {
    let ran = await Clinic().run("import", "-", "--json", input: Self.text)
    #expect(ran.code == .couldNotRun && ran.out.hasPrefix("{\"events\":0,") && ran.lines.count == 1)
  }
}
