import Foundation
import LetheSystem
import LetheTesting
import Testing

/// Cases of the tables for which the machine itself must be another, with the real tool.
@Suite(.timeLimit(.minutes(20))) struct CircumstanceTests {
  @Test(arguments: try BadCase.all().filter { $0.circumstance != nil })
  func `it is told in one sentence and harms nothing`(bad: BadCase) async throws {
    let circumstance = try Circumstance(bad.circumstance ?? "")
    guard circumstance.isPossible else {
      try Test.cancel("it cannot be had here: Circumstance.isPossible")
    }
    let home = try await BadHome.copied()
    let before = try await BadHome.eventsBefore()
    let place = try home.enter(circumstance)
    for json in [false, true] {
      let words = bad.words(place.path, json: json)
      let shell = ["/bin/bash", "-c", circumstance.line, "bash", try ProcessTests.tool()] + words
      let ran = try place.run(shell, bad.input ?? [])
      bad.check(ran.code, ran.out, ran.errors, json: json && circumstance.hasOutput)
    }
    try place.leave()
    #expect(try await home.events() == before)
  }
}
