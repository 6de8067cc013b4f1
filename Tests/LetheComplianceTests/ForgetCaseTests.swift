import LetheStore
import Testing

@testable import LetheCompliance

@Suite struct ForgetCaseTests {
  private typealias State = CaseStep.State

  @Test func `a case goes its way step by step, and none is left out`() {
    let way: [State] = [.received, .identified, .assessed, .approved, .executing, .completed]
    var before: State?
    for (number, state) in way.enumerated() {
      #expect(ForgetCase.mayGo(from: before, to: state))
      for (other, next) in way.enumerated() where other != number { #expect(!ForgetCase.mayGo(from: before, to: next)) }
      before = state
    }
  }

  @Test func `a case is refused or withdrawn until it is executed, and not after`() {
    let open: [State] = [.received, .identified, .assessed, .approved]
    for end in [State.refused, .withdrawn] {
      for state in State.allCases { #expect(ForgetCase.mayGo(from: state, to: end) == open.contains(state)) }
      #expect(!ForgetCase.mayGo(from: nil, to: end))
    }
  }

  @Test func `what is ended stays so`() {
    for end in [State.completed, .refused, .withdrawn] {
      for next in State.allCases { #expect(!ForgetCase.mayGo(from: end, to: next)) }
    }
  }

  @Test func `the steps up to the approval are ones that a case may go`() {
    var before: State?
    for state in ForgetCase.untilApproval {
      #expect(ForgetCase.mayGo(from: before, to: state))
      before = state
    }
    #expect(before == .approved)
  }
}
