#if Fuzzing
  internal import LetheSystem

  /// Stops the process, which is how libFuzzer learns of a finding.
  func finding(_ what: String) -> Never { fatalError("finding: \(what)") }

  func expect(_ holds: Bool, _ property: String) {
    if !holds { finding("does not hold: \(property)") }
  }

  /// What the body gives; nil if it refuses with one of the codes. Any other code is a finding.
  func allowing<Value>(_ codes: LetheError.Code..., decode: () throws(LetheError) -> Value) -> Value? {
    do { return try decode() } catch {
      expect(codes.contains(error.code), "a refusal has one of the codes \(codes), not \(error.code)")
      return nil
    }
  }

  /// What the body gives; a refusal is a finding.
  func succeeding<Value>(_ property: String, _ body: () throws(LetheError) -> Value) -> Value {
    do { return try body() } catch { finding("does not hold: \(property); \(error)") }
  }
#endif
