internal import LethePolicies
internal import LetheSystem

/// Made-up events of a clinic; an event's number makes it, so that it is the same at every run.
struct BenchEvents: Sendable {
  let subjects: Int
  /// Bytes that `data` has on average; an event's differ from it by three tenths at most.
  let payloadByteCount: Int
  var seed: UInt64 = 20_240_607

  /// Whom an event is about: few have many events, many have few, as in a clinic.
  func subject(ofEvent number: Int) -> Int {
    var generator = generator(number, salt: 1)
    let place = generator.fraction()
    return min(subjects - 1, Int(Double(subjects) * place * place))
  }

  func stream(ofSubject subject: Int) throws(LetheError) -> StreamName {
    try StreamName(streamText(subject))
  }

  func id(ofSubject subject: Int) -> String { "S-\(subject)" }

  /// An event as its sender would write it.
  func event(_ number: Int, ofSubject subject: Int) throws(LetheError) -> CloudEvent {
    try CloudEvent(json: text(number, ofSubject: subject))
  }

  /// The same as JSON, on one line; with its stream if it is for a reader who cannot know it.
  func text(_ number: Int, ofSubject subject: Int, namesStream: Bool = false) -> [UInt8] {
    var generator = generator(number, salt: 2)
    var text: [UInt8] = []
    text.reserveCapacity(payloadByteCount * 13 / 10 + 256)
    let kind = BenchWords.kind(&generator)
    text += "{\"specversion\":\"1.0\",\"id\":\"e-\(number)\",".utf8
    text += "\"source\":\"urn:bench:ward-\(generator.next(below: 9))\",\"type\":\"\(kind.type)\",".utf8
    text += "\"time\":\"\(BenchWords.day(&generator))T\(BenchWords.minute(&generator)):00Z\"".utf8
    text += ",\"datasubject\":\"\(id(ofSubject: subject))\"".utf8
    if namesStream { text += ",\"stream\":\"\(streamText(subject))\"".utf8 }
    text += ",\"data\":".utf8
    appendData(kind, &generator, to: &text)
    text.append(UInt8(ascii: "}"))
    return text
  }

  /// An object of what belongs to the kind, as far as there is room, and a note that fills the rest.
  private func appendData(_ kind: BenchWords.Kind, _ generator: inout SplitMix, to text: inout [UInt8]) {
    let goal = text.count + payloadByteCount * (700 + generator.next(below: 601)) / 1000
    let fields = BenchWords.fields(kind, &generator)
    text.append(UInt8(ascii: "{"))
    if text.count + fields.utf8.count + 12 < goal {
      text += fields.utf8
      text.append(UInt8(ascii: ","))
    }
    text += "\"note\":\"".utf8
    BenchWords.append(words: max(0, goal - text.count - 2), &generator, to: &text)
    text += "\"}".utf8
  }

  private func streamText(_ subject: Int) -> String { "patient-\(subject)" }

  private func generator(_ number: Int, salt: UInt64) -> SplitMix {
    SplitMix(seed: seed &+ salt &+ UInt64(truncatingIfNeeded: number) &* 0x9e37_79b9_7f4a_7c15 &* 3)
  }
}
