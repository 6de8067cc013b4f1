import LetheSystem
import Synchronization
import Testing

@Suite struct WorkshopTests {
  private final class Journal: Sendable {
    let numbers = Mutex<[Int]>([])
    func add(_ number: Int) { numbers.withLock { $0.append(number) } }
    var all: [Int] { numbers.withLock { $0 } }
  }

  @Test func `an immediate workshop does each job before it goes on`() {
    let journal = Journal()
    let workshop = ImmediateWorkshop()
    for number in 0..<5 {
      workshop.give { journal.add(number) }
      #expect(journal.all == Array(0...number))
    }
    workshop.finish()
  }

  @Test func `a thread does the jobs in the order in which they were given`() throws {
    let journal = Journal()
    let workshop = try ThreadWorkshop()
    workshop.finish()
    for round in 1...3 {
      for number in 0..<200 { workshop.give { journal.add(number) } }
      workshop.finish()
      #expect(journal.all == Array(repeating: Array(0..<200), count: round).flatMap { $0 })
    }
  }

  @Test func `jobs are done one at a time, and finishing waits for those that jobs give`() throws {
    let journal = Journal()
    let workshop = try ThreadWorkshop()
    let isBusy = Mutex(false)
    workshop.give { [weak workshop] in
      for number in 0..<50 {
        workshop?.give {
          isBusy.withLock { busy in
            #expect(!busy)
            busy = true
          }
          journal.add(number)
          isBusy.withLock { $0 = false }
        }
      }
    }
    workshop.finish()
    #expect(journal.all == Array(0..<50))
  }

  @Test func `jobs of a workshop that nobody has any more are done, and nothing of them stays`() throws {
    let journal = Journal()
    let done = Monitor(false)
    weak var gone: Journal?
    do {
      let held = Journal()
      gone = held
      let workshop = try ThreadWorkshop()
      for number in 0..<20 {
        workshop.give {
          held.add(number)
          journal.add(number)
        }
      }
      workshop.give { done.withLock { $0 = true } }
    }
    done.wait(until: { $0 }, then: { _ in })
    #expect(journal.all == Array(0..<20))
    // The last job begins once those before it are let go.
    #expect(gone == nil)
  }
}
