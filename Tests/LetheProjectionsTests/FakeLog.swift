import LetheLog
import LetheStore
import LetheSystem
import LetheVault
import Synchronization

@testable import LetheProjections

/// A log without keys: what opens is decided, as in a store, by all that was recorded, wherever the reader stands.
final class FakeLog: ProjectionSource, Sendable {
  enum Record: Sendable {
    /// Parts and, if there is one, the text that only its subject's part holds.
    case event([Part])
    case forget([KeyNode])
    case restrict([KeyNode])
    case lift([KeyNode])
    case fact
    /// Reading stops here.
    case missingKey
  }

  struct Part: Sendable {
    let kind: DeliveredPart.Kind
    let kid: KeyID
    let json: String
  }

  let storeID: [UInt8]
  private let state = Mutex<(records: [Record], reads: Int)>(([], 0))
  /// Tells this log's streams from another's.
  private let salt: UInt8

  init(store: UInt8 = 1, salt: UInt8 = 0) {
    storeID = Array(repeating: store, count: 16)
    self.salt = salt
  }

  var records: [Record] { state.withLock { $0.records } }
  var count: UInt64 { UInt64(records.count) }
  /// How many records were given so far.
  var readCount: Int { state.withLock { $0.reads } }

  func append(_ record: Record) { state.withLock { $0.records.append(record) } }
  func cut(to count: Int) { state.withLock { $0.records.removeLast($0.records.count - count) } }
  func mend() {
    state.withLock { state in
      for (index, record) in state.records.enumerated() {
        if case .missingKey = record { state.records[index] = .fact }
      }
    }
  }

  var hasChanges: Bool { !changes(from: 0).isEmpty }

  func changes(from start: UInt64) -> [LogChange] {
    records.enumerated().dropFirst(Int(start)).compactMap { position, record in
      switch record {
      case .forget(let nodes), .restrict(let nodes): LogChange(position: UInt64(position), .withdrawn, nodes)
      case .lift(let nodes): LogChange(position: UInt64(position), .returned, nodes)
      case .event, .fact, .missingKey: nil
      }
    }
  }

  func mark(of position: UInt64) -> [UInt8]? { position < count ? Delivery.mark(stream(Int(position)), 0) : nil }

  func isWithdrawn(_ kid: KeyID) -> Bool { closedNodes(records).contains { $0.contains(kid) } }

  func read(from start: UInt64, _ body: (Delivery) throws(LetheError) -> Iteration) throws(LetheError) {
    let records = records
    let closed = closedNodes(records)
    for (position, record) in records.enumerated().dropFirst(Int(start)) {
      state.withLock { $0.reads += 1 }
      let content: Delivery.Content
      switch record {
      case .event(let parts):
        let open = parts.filter { part in !closed.contains { $0.contains(part.kid) } }
        var delivered: [DeliveredPart] = []
        for part in open {
          delivered.append(
            try DeliveredPart(
              part.kind, kid: part.kid, position: UInt64(position), streamID: stream(position), revision: 0,
              recordedTime: nil, json: Array(part.json.utf8)))
        }
        content = .event(delivered, open.count == parts.count ? .whole : .lacking)
      case .forget(let nodes), .restrict(let nodes): content = .withdrawn(nodes)
      case .lift(let nodes): content = .returned(nodes)
      case .fact: content = .other
      case .missingKey: throw LetheError(.missingKey, "the key is missing", place: "position \(position)")
      }
      let delivery = Delivery(position: UInt64(position), streamID: stream(position), revision: 0, content)
      if try body(delivery) == .stop { return }
    }
  }

  private func stream(_ position: Int) -> StreamID {
    StreamID([UInt8](repeating: salt, count: 12) + withUnsafeBytes(of: UInt32(position).bigEndian, Array.init))
      ?? .system
  }

  private func closedNodes(_ records: [Record]) -> [KeyNode] {
    var closed: [KeyNode] = []
    for record in records {
      switch record {
      case .forget(let nodes), .restrict(let nodes): closed += nodes
      case .lift(let nodes): closed.removeAll { nodes.contains($0) }
      case .event, .fact, .missingKey: break
      }
    }
    return closed
  }
}

// MARK: Patients

/// Text that stands in every part of a subject and nowhere else.
func canary(_ subject: Int) -> String { "canary~\(subject)~yranac" }

func index(_ subject: Int) -> SubjectIndex { SubjectIndex(block: UInt64(subject / 4), subject: subject % 4) }

extension FakeLog {
  func prescribe(_ code: String, _ subject: Int, start: String = "2026-01-01", slot: Int = 1, note: String = "") {
    medication("MedicationPrescribed", code, subject, start, slot, note)
  }

  func stop(_ code: String, _ subject: Int, start: String = "2026-01-01", slot: Int = 1) {
    medication("MedicationStopped", code, subject, start, slot, "")
  }

  private func medication(
    _ type: String, _ code: String, _ subject: Int, _ start: String, _ slot: Int, _ note: String
  ) {
    let text = "\(canary(subject)) tablet \(note)"
    let json = """
      {"specversion":"1.0","id":"e","source":"s","type":"\(type)","time":"2026-01-02T03:04:05Z",\
      "data":{"code":"\(code)","description":"\(text)","start":"\(start)"}}
      """
    append(
      .event([
        Part(kind: .personal, kid: index(subject).kid(slot: slot), json: json),
        Part(kind: .retained, kid: .retained, json: "{\"type\":\"\(type)\",\"data\":{\"code\":\"\(code)\"}}"),
      ]))
  }

  func forget(_ subject: Int) { append(.forget([index(subject).node])) }
}
