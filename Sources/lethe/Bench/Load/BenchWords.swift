/// What the made-up events of a measurement say.
enum BenchWords {
  /// What happened to a patient.
  enum Kind: CaseIterable {
    case medicineTaken, symptomReported, labResultRecorded, treatmentPrescribed

    var type: String {
      switch self {
      case .medicineTaken: "MedicineTaken"
      case .symptomReported: "SymptomReported"
      case .labResultRecorded: "LabResultRecorded"
      case .treatmentPrescribed: "TreatmentPrescribed"
      }
    }
  }

  /// Of 20 events, 9 are of medicines, 5 of symptoms, 4 of the laboratory, 2 of treatments.
  static func kind(_ generator: inout SplitMix) -> Kind {
    switch generator.next(below: 20) {
    case 0..<9: .medicineTaken
    case 9..<14: .symptomReported
    case 14..<18: .labResultRecorded
    case _: .treatmentPrescribed
    }
  }

  /// Members of `data`.
  static func fields(_ kind: Kind, _ generator: inout SplitMix) -> String {
    switch kind {
    case .medicineTaken:
      let medicine = DemoNames.medicines[generator.next(below: DemoNames.medicines.count)]
      return
        "\"code\":\"\(medicine.code)\",\"description\":\"\(medicine.description)\",\"dose\":{\"value\":"
        + "\(50 * (1 + generator.next(below: 20))),\"unit\":\"mg\"},\"route\":\"oral\",\"taken\":\(generator.next(below: 8) > 0)"
    case .symptomReported:
      let symptom = DemoNames.symptoms[generator.next(below: DemoNames.symptoms.count)]
      return
        "\"symptom\":\"\(symptom)\",\"severity\":\(generator.next(below: 10)),\"since\":\"\(day(&generator))\","
        + "\"reportedBy\":\"\(generator.next(below: 3) > 0 ? "patient" : "nurse")\""
    case .labResultRecorded:
      let test = tests[generator.next(below: tests.count)]
      return
        "\"test\":\"\(test.name)\",\"loinc\":\"\(test.code)\",\"value\":\(1 + generator.next(below: 300))."
        + "\(generator.next(below: 10)),\"unit\":\"\(test.unit)\",\"flag\":\"\(generator.next(below: 5) > 0 ? "normal" : "high")\""
    case .treatmentPrescribed:
      let cycles = 2 + generator.next(below: 7)
      return
        "\"regimen\":\"R-\(100 + generator.next(below: 900))\",\"cycle\":\(1 + generator.next(below: cycles)),\"of\":\(cycles),"
        + "\"start\":\"\(day(&generator))\",\"every\":\"P\(7 * (1 + generator.next(below: 4)))D\""
    }
  }

  /// Appends a text of words, exactly so many bytes long.
  static func append(words byteCount: Int, _ generator: inout SplitMix, to text: inout [UInt8]) {
    let end = text.count + byteCount
    while text.count < end {
      text += words[generator.next(below: words.count)].utf8
      text.append(UInt8(ascii: " "))
    }
    text.removeLast(text.count - end)
  }

  static func day(_ generator: inout SplitMix) -> String {
    "2026-\(twoDigits(1 + generator.next(below: 12)))-\(twoDigits(1 + generator.next(below: 28)))"
  }

  static func minute(_ generator: inout SplitMix) -> String {
    "\(twoDigits(generator.next(below: 24))):\(twoDigits(generator.next(below: 60)))"
  }

  /// Of a number below 100.
  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static let tests: [(name: String, code: String, unit: String)] = [
    ("hemoglobin", "718-7", "g/dL"), ("leukocytes", "6690-2", "10*3/uL"), ("platelets", "777-3", "10*3/uL"),
    ("creatinine", "2160-0", "mg/dL"), ("potassium", "2823-3", "mmol/L"), ("glucose", "2345-7", "mg/dL"),
  ]

  private static let words = [
    "after", "asked", "better", "call", "clinic", "continue", "daily", "discussed", "dose", "evening", "family",
    "fever", "improved", "long", "meal", "mild", "morning", "night", "none", "nurse", "observed", "pain", "patient",
    "reported", "reduced", "rest", "returned", "sleep", "slightly", "stable", "started", "than", "twice", "unchanged",
    "visit", "walked", "week", "well", "with", "yesterday",
  ]
}
