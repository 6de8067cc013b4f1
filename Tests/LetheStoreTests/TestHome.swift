import LetheCrypto
import LetheLog
import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting

/// A home in a temporary folder with a clock of its own.
final class TestHome: Sendable {
  let directory: TemporaryDirectory
  let clock: ManualClock
  var home: Home { Home(directory.path) }

  init(policy: String? = nil) throws {
    directory = TemporaryDirectory()
    clock = ManualClock(Timestamp(microseconds: 1_700_000_000_000_000))
    if let policy {
      try LocalFileSystem().createDirectory(home.path + "/Policies")
      try setPolicy(policy)
    }
    _ = try Store.create(home, in: world())
  }

  /// Puts a policy in the place of the home's own; it holds from the next opening on.
  func setPolicy(_ policy: String) throws {
    try LocalFileSystem().replace(home.path + "/Policies/test.json", with: Array(policy.utf8))
  }

  func world(_ observer: CommitObserver? = nil, files: any FileSystem = LocalFileSystem()) -> World {
    World(files: files, clock: clock, observer: observer)
  }

  func open(_ observer: CommitObserver? = nil, files: any FileSystem = LocalFileSystem()) throws -> Store {
    try Store.open(home, waiting: .patience, in: world(observer, files: files))
  }

  /// Opens, works and closes.
  @discardableResult
  func session<Outcome>(_ body: (Store) async throws -> Outcome) async throws -> Outcome {
    let store = try open()
    let outcome = try await body(store)
    try store.close()
    return outcome
  }

  /// Opens, works and drops the store without closing it, which leaves the home as a kill does.
  @discardableResult
  func crashedSession<Outcome>(
    _ observer: CommitObserver? = nil, _ body: (Store) async throws -> Outcome
  ) async throws -> Outcome {
    try await body(open(observer))
  }

  /// Every file of the folders, as bytes.
  func bytes(of folders: [String] = ["Keys", "Log"]) throws -> [(path: String, bytes: [UInt8])] {
    let files = LocalFileSystem()
    var all: [(path: String, bytes: [UInt8])] = []
    for folder in folders {
      for name in try files.contents(of: home.path + "/" + folder) {
        let path = home.path + "/" + folder + "/" + name
        guard let bytes = try? files.contents(ofFile: path) else { continue }
        all.append((folder + "/" + name, bytes))
      }
    }
    return all
  }
}

/// A patient's event; everything in it is made up from the numbers.
func event(
  _ number: Int, of subject: String?, type: String = "MedicationPrescribed", data: String? = nil
) throws -> CloudEvent {
  let owner = subject.map { ",\"datasubject\":\"\($0)\"" } ?? ""
  let json = """
    {"specversion":"1.0","id":"event-\(number)","source":"urn:test","type":"\(type)","time":"2023-11-14T22:13:20Z"\
    \(owner),"data":\(data ?? "{\"code\":\"\(number)\",\"description\":\"Drug \(number)\"}")}
    """
  return try CloudEvent(json: Array(json.utf8))
}

extension Store {
  /// Appends one event of a subject to its own stream.
  @discardableResult
  func append(_ number: Int, of subject: String) async throws -> AppendReceipt {
    try await append(AppendRequest(to: StreamName("patient-\(subject)"), [event(number, of: subject)]))
  }

  /// All that a selection gives.
  func items(_ selection: Selection = .all, _ options: ReadOptions = ReadOptions()) throws -> [ReadItem] {
    var items: [ReadItem] = []
    try read(selection, options) { item in
      items.append(item)
      return .continue
    }
    return items
  }
}

extension Result {
  var isSuccess: Bool { if case .success = self { true } else { false } }
}

extension ReadItem {
  var fact: FactReading? { if case .fact(let fact) = content { fact } else { nil } }
  var reading: EventReading? { if case .event(let reading) = content { reading } else { nil } }
  var state: EventReading.State? { reading?.state }
  var text: String? { reading?.event.map { String(decoding: $0.text, as: UTF8.self) } }
}
