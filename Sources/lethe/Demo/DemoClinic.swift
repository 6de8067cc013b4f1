/// A clinic of made-up patients and what happened to them; the same at every run.
struct DemoClinic: Sendable {
  struct Patient: Sendable {
    let id: String
    let name: String
    var stream: String { "patient-\(id)" }
  }

  let patients: [Patient]
  /// CloudEvents, one a line.
  let lines: [[UInt8]]
  /// Events about the one who will ask to be forgotten, in all streams.
  private(set) var heroEvents = 0
  /// Those of them of which policy retains something.
  private(set) var heroReactions = 0

  /// The patient whose story is told.
  var hero: Patient { patients[0] }
  var text: [UInt8] { Array(lines.joined(separator: [UInt8(ascii: "\n")])) }

  static let source = "demo-clinic"
  private static let wards = ["north", "east", "south"]

  /// - Parameters:
  ///   - subjects: patients, at least one.
  ///   - events: in all; at least one for each patient and each ward, and those of the story.
  init(subjects: Int, events: Int) {
    var writer = EventWriter()
    var generator = SplitMix(seed: 42)
    patients = (0..<subjects).map { number in
      Patient(id: "P-\(100_001 + number)", name: number == 0 ? "Rosalind Quennell" : DemoNames.name(&generator))
    }
    for (number, ward) in Self.wards.enumerated() {
      writer.write("WardOpened", nil, "ward-\(ward)", "{\"beds\":\(12 + 4 * number)}")
    }
    for (number, patient) in patients.enumerated() {
      writer.write(
        "PatientRegistered", patient.id, patient.stream, "{\"name\":\"\(patient.name)\",\"floor\":\(number % 5)}")
    }
    Self.tellStory(of: patients[0], &writer)
    var courses: [Int: Course] = [:]
    while writer.lines.count < events {
      let number = Int(generator.next() % UInt64(subjects))
      courses[number, default: Course()].go(on: patients[number], &generator, &writer)
    }
    lines = writer.lines
    heroEvents = writer.counts[patients[0].id] ?? 0
    heroReactions = writer.reactions[patients[0].id] ?? 0
  }

  /// What is certain to have happened to the patient of the story.
  private static func tellStory(of patient: Patient, _ writer: inout EventWriter) {
    writer.write("PatientAdmitted", patient.id, "ward-\(wards[0])", "{\"bed\":7}")
    writer.prescribe(DemoNames.medicines[0], patient)
    writer.prescribe(DemoNames.medicines[1], patient)
    writer.react(to: DemoNames.medicines[0].description, grade: 3, patient)
    writer.stop(DemoNames.medicines[0], patient)
    writer.write("SymptomReported", patient.id, patient.stream, "{\"symptom\":\"headache\",\"severity\":4}")
  }
}

/// What a patient takes, so that only that is stopped.
private struct Course {
  private var taken: [DemoNames.Medicine] = []

  mutating func go(on patient: DemoClinic.Patient, _ generator: inout SplitMix, _ writer: inout EventWriter) {
    switch generator.next() % 10 {
    case 0...3:
      let medicine = DemoNames.medicines[Int(generator.next() % UInt64(DemoNames.medicines.count))]
      if !taken.contains(where: { $0.code == medicine.code }) { taken.append(medicine) }
      writer.prescribe(medicine, patient)
    case 4, 5:
      guard let medicine = taken.popLast() else { return }
      writer.stop(medicine, patient)
    case 6:
      let medicine = DemoNames.medicines[Int(generator.next() % UInt64(DemoNames.medicines.count))]
      writer.react(to: medicine.description, grade: Int(generator.next() % 4) + 1, patient)
    case _:
      let symptom = DemoNames.symptoms[Int(generator.next() % UInt64(DemoNames.symptoms.count))]
      let data = "{\"symptom\":\"\(symptom)\",\"severity\":\(generator.next() % 10)}"
      writer.write("SymptomReported", patient.id, patient.stream, data)
    }
  }
}

/// Writes events and counts whom they are about.
private struct EventWriter {
  var lines: [[UInt8]] = []
  var counts: [String: Int] = [:]
  var reactions: [String: Int] = [:]

  mutating func write(_ type: String, _ subject: String?, _ stream: String, _ data: String) {
    let person = subject.map { ",\"datasubject\":\"\($0)\"" } ?? ""
    lines.append(
      Array(
        """
        {"specversion":"1.0","id":"e\(lines.count)","source":"\(DemoClinic.source)","type":"\(type)",\
        "time":"2026-03-\(lines.count % 28 + 1 < 10 ? "0" : "")\(lines.count % 28 + 1)T08:00:00Z",\
        "stream":"\(stream)"\(person),"data":\(data)}
        """.utf8))
    if let subject { counts[subject, default: 0] += 1 }
  }

  mutating func prescribe(_ medicine: DemoNames.Medicine, _ patient: DemoClinic.Patient) {
    let data = "{\"code\":\"\(medicine.code)\",\"description\":\"\(medicine.description)\",\"start\":\"2026-03-01\"}"
    write("MedicationPrescribed", patient.id, patient.stream, data)
  }

  mutating func stop(_ medicine: DemoNames.Medicine, _ patient: DemoClinic.Patient) {
    write(
      "MedicationStopped", patient.id, patient.stream, "{\"code\":\"\(medicine.code)\",\"start\":\"2026-03-01\"}")
  }

  mutating func react(to medicine: String, grade: Int, _ patient: DemoClinic.Patient) {
    let data = "{\"medicine\":\"\(medicine)\",\"grade\":\(grade),\"note\":\"\(patient.name) reported it by telephone\"}"
    write("AdverseReactionReported", patient.id, patient.stream, data)
    reactions[patient.id, default: 0] += 1
  }
}
