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

  static func name(_ generator: inout DemoGenerator) -> String {
    "\(given[Int(generator.next() % UInt64(given.count))]) \(family[Int(generator.next() % UInt64(family.count))])"
  }
}

/// Numbers that are the same at every run (SplitMix64, Steele, Lea and Flood 2014).
struct DemoGenerator: RandomNumberGenerator {
  private var state: UInt64 = 42

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
