import LetheCrypto
import LethePolicies
import LetheStore
import LetheSystem
import Testing

@Suite struct ResidueTests {
  /// A patient whose every word can be searched for.
  struct Patient {
    let id: String
    let name: String
    let number: String
    var stream: String { "patient-\(id)" }
    let eventID: String
    let type: String
    let time: String

    var event: CloudEvent {
      get throws {
        let json = """
          {"specversion":"1.0","id":"\(eventID)","source":"urn:clinic:\(number)","type":"\(type)","time":"\(time)",\
          "stream":"\(stream)","datasubject":"\(id)","data":{"name":"\(name)","ssn":"\(number)"}}
          """
        return try CloudEvent(json: Array(json.utf8))
      }
    }

    var words: [String] { [id, name, number, stream, eventID, type, time, "urn:clinic:\(number)"] }
  }

  static let patients = [
    Patient(
      id: "319af005-46b9-4635-89dd-ec44d34a8c23", name: "Quirina Zeppelin", number: "999-38-6328",
      eventID: "58b9aa3b-62fc-4fb5-b921-4c1ecbb45a08", type: "XylophonePrescribed", time: "1949-11-26T01:02:03Z"),
    Patient(
      id: "9e886a7a-8005-451c-9c8a-80fd103ec297", name: "Wolfram Yggdrasil", number: "999-72-5919",
      eventID: "af3bf09b-0853-4c5b-a8c6-29f7b2f44099", type: "XylophoneStopped", time: "1955-06-22T04:05:06Z"),
  ]

  @Test func `P2 nothing about a person is in the clear in any file, during, after closing, and after a forget`()
    async throws
  {
    let home = try TestHome()
    try await home.session { (store) async throws in
      for patient in Self.patients {
        try await store.append(AppendRequest(to: StreamName(patient.stream), [try patient.event]))
      }
      // Refusals must not leave anything either.
      _ = try? await store.append(
        AppendRequest(to: StreamName(Self.patients[0].stream), [try Self.patients[0].event], expecting: .noStream))
      try expectNoResidue(in: home, "while it is open")
    }
    try expectNoResidue(in: home, "after closing")
    try await home.session { (store) async throws in
      try forget(Self.patients[0].id, in: store)
      try expectNoResidue(in: home, "after a forget")
    }
    try expectNoResidue(in: home, "after all")
  }

  private func expectNoResidue(in home: TestHome, _ moment: Comment) throws {
    let files = try home.bytes()
    #expect(files.count >= 6)
    for needle in Self.patients.flatMap(\.words).flatMap(forms) {
      for file in files {
        #expect(!contains(file.bytes, needle), moment)
        #expect(!contains(Array(file.path.utf8), needle), moment)
      }
    }
  }

  /// The ways in which a word could be written: as it is, UTF-16, hexadecimal, base64 at three alignments, a UUID's bytes,
  /// its SHA-256.
  private func forms(_ word: String) -> [[UInt8]] {
    let plain = Array(word.utf8)
    var forms = [plain, Array(word.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })]
    forms.append(Array(word.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }))
    forms.append(Array(plain.hex.utf8))
    forms.append(Array(plain.hex.uppercased().utf8))
    for shift in 0..<3 {
      // The digits that the neighbours of the word do not touch.
      let text = ([UInt8](repeating: 0, count: shift) + plain).base64
      forms.append(Array(text.utf8.dropFirst(shift == 0 ? 0 : shift + 1).dropLast(4)))
    }
    if let raw = [UInt8](hex: word.replacing("-", with: "")), raw.count == 16 { forms.append(raw) }
    forms.append(SHA256.hash(plain).bytes)
    forms.append(Array(SHA256.hash(plain).bytes.hex.utf8))
    return forms
  }

  @Test func `the search finds what is there`() {
    let word = Self.patients[0].name
    for shift in 0..<3 {
      let text = Array(([UInt8](repeating: 7, count: shift) + Array(word.utf8) + [1, 2, 3]).base64.utf8)
      #expect(forms(word).contains { contains(text, $0) })
    }
    #expect(contains(Array("xx\(word)yy".utf8), Array(word.utf8)))
    #expect(!contains(Array("xxyy".utf8), Array(word.utf8)))
  }
}

/// Whether bytes hold others in a row.
func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
  guard let first = needle.first, bytes.count >= needle.count else { return false }
  var start = bytes.startIndex
  while let found = bytes[start...(bytes.count - needle.count)].firstIndex(of: first) {
    if bytes[found..<found + needle.count].elementsEqual(needle) { return true }
    start = found + 1
    if start > bytes.count - needle.count { return false }
  }
  return false
}
