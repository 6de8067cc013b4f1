import LetheLog
import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import Synchronization
import Testing

/// A small home that was closed cleanly, with one person forgotten and two living, and what may become of it when a byte
/// of it is changed.
struct FlipScene {
  static let living = ["bert", "cleo"]
  private static let ids = ["anna", "bert", "cleo"]

  /// What a changed byte came to.
  enum Outcome: Hashable, Comparable {
    /// Nothing was opened, or the reading stopped after the last good event, with this code.
    case named(LetheError.Code)
    /// All was read as it was.
    case harmless

    static func < (left: Self, right: Self) -> Bool { "\(left)" < "\(right)" }
  }

  let home: MemoryHome
  private let texts: [String?]

  static var shared: FlipScene { get async throws { try await made.value } }
  private static let made = Task { try await FlipScene() }

  private init() async throws {
    home = try MemoryHome()
    try await home.session { (store) async throws in
      for number in 0..<6 { try await store.append(number, of: Self.ids[number % 3]) }
      _ = try store.addReplica(MemoryHome.replica)
      try forget("anna", in: store)
    }
    texts = try await home.session { (store) async throws in try store.items().map(\.text) }
  }

  /// The files of the home that a disk may damage, by their path below it.
  var files: [String] {
    get throws {
      try ["Log", "Keys"].flatMap { folder in
        try home.disk.contents(of: "\(MemoryHome.home.path)/\(folder)").map { "\(folder)/\($0)" }
      }.filter { try home.disk.entry(at: path($0)) != .directory && $0 != "Keys/lock" }
    }
  }

  func path(_ file: String) -> String { "\(MemoryHome.home.path)/\(file)" }

  func byteCount(_ file: String) -> Int { home.disk.content(of: path(file))?.count ?? 0 }

  /// Changes one byte and lives with it.
  func flip(_ file: String, at offset: Int, by mask: UInt8) async -> Outcome {
    let place = Comment("\(file), byte \(offset), changed by \(mask)")
    let trial = home.copy()
    trial.disk.damage(path(file)) { $0[offset] ^= mask }
    let store: Store
    do { store = try trial.open() } catch { return named(error, place) }
    var outcome = Outcome.harmless
    func note(_ error: LetheError) { outcome = min(outcome, named(error, place)) }
    do {
      var number = 0
      try store.read(.all) { (item) throws(LetheError) in
        check(item, number, place)
        number += 1
        return .continue
      }
      #expect(number == texts.count, place)
    } catch { note(error) }
    for id in Self.ids {
      do {
        let state = try store.status(ofSubject: id).state
        #expect(state == (id == "anna" ? .shredded : .live), place)
      } catch { note(error) }
    }
    for id in Self.living {
      do {
        var count = 0
        try store.read(.stream(StreamName("patient-\(id)"))) { (item) throws(LetheError) in
          if item.text != nil { count += 1 }
          return .continue
        }
        #expect(count == 2, place)
      } catch { note(error) }
    }
    do {
      _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), [event(70, of: "anna")]))
      Issue.record("who was forgotten came back: \(place)")
    } catch let error as LetheError {
      if error.code != .shredded { note(error) }
    } catch { Issue.record("\(error)") }
    return outcome
  }

  private func check(_ item: ReadItem, _ number: Int, _ place: Comment) {
    guard number % 3 == 0 else {
      #expect(item.text == texts[number], place)
      return
    }
    guard case .shredded = item.state else {
      Issue.record("\(String(describing: item.state)) where shredded is due: \(place)")
      return
    }
  }

  /// Codes that say what is wrong with a home.
  private func named(_ error: LetheError, _ place: Comment) -> Outcome {
    let codes: [LetheError.Code] = [.damage, .missingKey, .rolledBack, .format, .input, .io]
    #expect(codes.contains(error.code), "\(error): \(place)")
    return .named(error.code)
  }
}
