internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe subject show`: counts and state, no content.
enum SubjectShowCommand {
  static let command = Command(
    "subject show", "Says what there is of a subject, in counts, without any content.",
    operands: [Operand("ID", "The subject's id, as events name it in `datasubject`.")],
    naming: .operand("ID"), example: "lethe subject show P-1042 --json", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let id = invocation.arguments.operand("ID") ?? ""
    let status = try await invocation.withStore { (store) throws(LetheError) in try store.status(ofSubject: id) }
    let categories = status.categories?.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    let json = JSONValue.object([
      "subject": .string(id),
      "state": .string(status.state.rawValue),
      "records": status.events.map { .int($0) } ?? .null,
      "categories": categories.map { list in
        .object(list.map { JSONValue.Member(name: $0.key, value: .int($0.value)) })
      } ?? .null,
    ])
    let kinds = (categories ?? []).map { "\($0.key) \($0.value.grouped)" }.joined(separator: ", ")
    let text: String =
      switch status.state {
      case .live: "live: \((status.events ?? 0).counted("record")) (\(kinds))"
      case .restricted:
        status.events.map { "restricted: \($0.counted("record")) (\(kinds)); reading is refused" }
          ?? "restricted: a forget is not finished; no link to any record is left"
      case .shredded: "shredded: no link to any record is left"
      case .unknown: "unknown: nothing was recorded for this id"
      }
    try invocation.result(json, text)
    return .success
  }
}

extension Operand {
  /// An operand that must be there.
  init(_ name: String, _ help: String) { self.init(name, .required, help) }
}
