/// Writes policies so that only their meaning counts: compact JSON, names and pointers sorted by their bytes, settings
/// with their defaults.
enum PolicyDigest {
  static func bytes(
    rememberForgotten: Bool, requiresFourEyes: Bool, shared: [String], types: [(name: String, policy: TypePolicy)]
  ) -> [UInt8] {
    let names = sorted(Dictionary(grouping: shared) { ExactText($0) }.values.compactMap(\.first)) { $0 }
    return JSONValue.object([
      member("policy", .string(PolicyReader.version)),
      member("rememberForgotten", .bool(rememberForgotten)),
      member("fourEyes", .bool(requiresFourEyes)),
      member("shared", .array(names.map { .string($0) })),
      member("types", .object(sorted(types) { $0.name }.map { member($0.name, value(of: $0.policy)) })),
    ]).compactText
  }

  private static func value(of policy: TypePolicy) -> JSONValue {
    if policy.subject == .none { return .object([member("subject", .string("none"))]) }
    var retained = policy.retained.map(\.description)
    if policy.retainsRecordedTime { retained.append(TypePolicy.recordedTime.description) }
    let replacements = sorted(policy.replacements) { $0.pointer.description }
    return .object([
      member("retained", .array(sorted(retained) { $0 }.map { .string($0) })),
      member("replacements", .object(replacements.map { member($0.pointer.description, $0.value) })),
    ])
  }

  private static func member(_ name: String, _ value: JSONValue) -> JSONValue.Member {
    JSONValue.Member(name: name, value: value)
  }

  private static func sorted<Element>(_ elements: [Element], by name: (Element) -> String) -> [Element] {
    elements.sorted { name($0).utf8.lexicographicallyPrecedes(name($1).utf8) }
  }
}
