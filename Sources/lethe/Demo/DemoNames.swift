/// Words that the demo's events are made of.
enum DemoNames {
  struct Medicine: Sendable {
    /// In the ATC classification of the WHO.
    let code: String
    let description: String
  }

  static let medicines = [
    Medicine(code: "J01CA04", description: "amoxicillin"), Medicine(code: "C09AA02", description: "enalapril"),
    Medicine(code: "A10BA02", description: "metformin"), Medicine(code: "N02BE01", description: "paracetamol"),
    Medicine(code: "C10AA05", description: "atorvastatin"), Medicine(code: "R03AC02", description: "salbutamol"),
  ]

  static let symptoms = ["headache", "nausea", "fatigue", "cough", "dizziness"]

  private static let given = [
    "Ada", "Bela", "Chiara", "Dawit", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kaia", "Luca", "Mina", "Noor",
  ]
  private static let family = [
    "Albers", "Bianchi", "Castro", "Dubois", "Eriksen", "Fontana", "Gruber", "Horvat", "Ivanova", "Jansen", "Keller",
  ]

  static func name(_ generator: inout SplitMix) -> String {
    "\(given[Int(generator.next() % UInt64(given.count))]) \(family[Int(generator.next() % UInt64(family.count))])"
  }
}
