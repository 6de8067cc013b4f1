internal import LetheLog
internal import LethePolicies
internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// Turns records into the lines of `read`.
struct ReadOutput: Sendable {
  let home: Home
  let files: any FileSystem

  /// The line, without its end.
  func line(for item: ReadItem) -> [UInt8] {
    switch item.content {
    case .event(let reading): line(for: reading, item)
    case .fact(let reading):
      JSONValue.object([
        "position": .int(item.position), "stream": .string("$system"), "revision": .int(item.revision),
        "fact": .string(reading.name),
      ])
      .adding(reading.recordedTime.map { ["storedtime": .string($0.description)] } ?? [:])
      .adding(FactFields.fields(of: reading.fact)).compactText
    }
  }

  private func line(for reading: EventReading, _ item: ReadItem) -> [UInt8] {
    let (position, revision) = (Int(clamping: item.position), Int(clamping: item.revision))
    let id = item.streamID.description
    if let event = reading.event {
      return ReadLine(position: position, stream: item.stream?.text, streamID: id, revision: revision).line(event)
    }
    switch reading.state {
    case .shredded(let caseID):
      let certificate = home.certificates + "/\(caseID.hex).note"
      return ReadLine.line(
        .shredded, position: position, streamID: id, revision: revision,
        certificate: files.exists(certificate) ? certificate : nil)
    case .restricted, .open, .partial:
      return ReadLine.line(.restricted, position: position, streamID: id, revision: revision)
    }
  }
}
