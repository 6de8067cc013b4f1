internal import LetheLog
internal import LethePolicies
internal import LetheProjections
internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// What reading the whole log gives: how much opens, and what of the hero does.
struct DemoReading {
  /// Events that open whole.
  var open = 0
  /// Events of which only what policy retains opens.
  var partial = 0
  /// Events of which nothing opens.
  var closed = 0
  /// Those of the first three that are about the hero, as far as that can be told.
  var heroOpen = 0
  var heroClosed = 0
  /// Whether the hero's name is in anything that opens.
  var showsName = false
  var heroStream: StreamID?
  /// One event of the hero, as `read` gives it.
  var heroSample = ""

  init() {}

  /// - Parameter stream: the hero's stream, if it has no name any more.
  init(of store: Store, hero: DemoClinic.Patient, stream: StreamID? = nil) throws(LetheError) {
    var found = DemoReading()
    found.heroStream = stream
    let mark = Array("\"datasubject\":\"\(hero.id)\"".utf8)
    let name = Array(hero.name.utf8)
    try store.read(.all) { (item) throws(LetheError) in
      guard case .event(let reading) = item.content else { return .continue }
      if item.stream?.text == hero.stream { found.heroStream = item.streamID }
      found.take(reading, isHeros: reading.event.map { ResidueScan.contains($0.text, mark) } ?? false)
      if let event = reading.event, ResidueScan.contains(event.text, name) {
        found.showsName = true
        found.heroSample = String(decoding: event.text, as: UTF8.self)
      }
      return .continue
    }
    self = found
  }

  private mutating func take(_ reading: EventReading, isHeros: Bool) {
    switch reading.state {
    case .open:
      open += 1
      if isHeros { heroOpen += 1 }
    case .partial: partial += 1
    case .restricted, .shredded:
      closed += 1
      // The hero alone is forgotten in this home.
      heroClosed += 1
    }
  }
}

/// The rows of `medication`.
struct DemoRows {
  var all: [ReadModelRow] = []
  /// Without the hero's.
  var others: [ReadModelRow] = []
  var hero: Int { all.count - others.count }

  init() {}

  /// - Parameter hero: an id that is still known, or nil.
  init(of store: Store, hero id: String?) throws(LetheError) {
    var index: SubjectIndex?
    if let id { index = try store.perform { (writer) throws(LetheError) in try writer.subject(id) } }
    var all: [ReadModelRow] = []
    try Projections(store).show("medication") { (row) throws(LetheError) in all.append(row) }
    self.all = all
    others = all.filter { index == nil || $0.subject != index }
  }
}
