package import LetheStore

/// The states of a forget case and the ways between them (compliance.md's section 2 order).
package enum ForgetCase {
  /// Whether a case may go from one state to another; a new case comes from nil.
  package static func mayGo(from state: CaseStep.State?, to next: CaseStep.State) -> Bool {
    switch (state, next) {
    case (nil, .received), (.received, .identified), (.identified, .assessed), (.assessed, .approved),
      (.approved, .executing), (.executing, .completed):
      true
    case (.received, .refused), (.identified, .refused), (.assessed, .refused), (.approved, .refused): true
    case (.received, .withdrawn), (.identified, .withdrawn), (.assessed, .withdrawn), (.approved, .withdrawn): true
    case _: false
    }
  }

  /// The states that stand in the log before `ForgetStarted`.
  static let untilApproval: [CaseStep.State] = [.received, .identified, .assessed, .approved]
}
