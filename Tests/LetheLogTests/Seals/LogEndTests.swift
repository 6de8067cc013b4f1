import LetheCrypto
import LetheSystem
import Testing

@testable import LetheLog

/// Every case of a small model: a first run of the store writes and crashes at any moment, a hand may cut the end and keep
/// what it cut, the second run goes on at the same positions and crashes too. Then one thing happens, and a start judges.
///
/// The order of writing is that of the store: group k is written once group k - depth is synced. Until its sync returned,
/// a group's records and its seal are each on disk or not.
@Suite struct LogEndTests {
  /// One group of one record.
  struct Group: Hashable {
    var run: UInt64
    let first: Int
    /// The record's identity.
    let record: String
    /// Groups that were durable when it was written.
    let durable: Int
    /// The records before it.
    let prior: [String]
  }

  /// What is on disk where a group can be.
  struct Slot: Hashable {
    let group: Group
    var hasRecords: Bool
    var hasSeal: Bool
    var isForged = false
  }

  enum Move: String, CaseIterable { case nothing, forgery, replay, oldRun, rot, cut }

  private static func root(_ records: some Sequence<String>) -> Digest {
    SHA256.hash(Array(records.joined(separator: "/").utf8))
  }

  private static func records(_ groups: [Group]) -> [String] { groups.map(\.record) }

  /// Has the real judge look at a disk. Gives the records that it believes.
  private static func judge(
    _ slots: [Slot], run: UInt64, signed: [String]
  ) -> (believed: [Group], verdict: LogEnd.Verdict) {
    var end = LogEnd(counting: (.zero, run), signed: (UInt64(signed.count), root(signed)), from: (0, root([])))
    var believed: [Group] = []
    for slot in slots {
      let group = slot.group
      let seal = GroupSeal(
        origin: .zero, run: group.run, first: UInt64(group.first), end: UInt64(group.first + 1),
        durable: UInt64(group.durable), rootBefore: root(group.prior), rootAfter: root(group.prior + [group.record]))
      let before = end.believed.end
      end.take(
        LogEnd.Found(
          seal: slot.isForged ? .forged : slot.hasSeal ? .genuine(seal) : .missing, hasRecords: slot.hasRecords))
      if end.believed.end > before { believed.append(group) }
    }
    return (believed, end.verdict)
  }

  /// Each moment at which a run may crash: what is on disk of it, and the groups that were acknowledged.
  private static func runs(
    from start: [Group], run: UInt64, depth: Int, tag: String
  ) -> [(slots: [Slot], acknowledged: [Group])] {
    let count = 2
    var found: [(slots: [Slot], acknowledged: [Group])] = []
    for written in 0...count {
      for synced in max(0, written - depth)...written {
        let choices = (0..<written).map { Array(max(0, $0 - depth + 1)...(min($0, synced))) }
        for marks in product(choices) {
          var groups = start
          for mark in marks {
            groups.append(
              Group(
                run: run, first: groups.count, record: "\(tag)\(groups.count)", durable: start.count + mark,
                prior: records(groups)))
          }
          let new = Array(groups[start.count...])
          for pattern in product(Array(repeating: [0, 1, 2, 3], count: written - synced)) {
            let flying = zip(new[synced...], pattern).filter { $0.1 > 0 }.map { group, bits in
              Slot(group: group, hasRecords: bits & 2 != 0, hasSeal: bits & 1 != 0)
            }
            let whole = new[..<synced].map { Slot(group: $0, hasRecords: true, hasSeal: true) }
            found.append((whole + flying, Array(new[..<synced])))
          }
        }
      }
    }
    return found
  }

  private static func product(_ choices: [[Int]]) -> [[Int]] {
    choices.reduce([[]]) { all, choice in all.flatMap { begun in choice.map { begun + [$0] } } }
  }

  /// What can happen to a disk before the next start.
  private static func moves(_ disk: [Slot], _ old: [Slot], _ before: [Group]) -> [(Move, [Slot])] {
    var found: [(Move, [Slot])] = [(.nothing, disk)]
    for place in 0...disk.count {
      let forged = Group(run: 9, first: place, record: "x", durable: place, prior: records(before))
      let slot = Slot(group: forged, hasRecords: true, hasSeal: true, isForged: true)
      found.append((.forgery, Array(disk[..<place]) + [slot] + disk[place...]))
      for slot in disk where slot.hasRecords && slot.hasSeal {
        found.append((.replay, Array(disk[..<place]) + [slot] + disk[place...]))
      }
      for slot in old { found.append((.oldRun, Array(disk[..<place]) + [slot] + disk.dropFirst(place + 1))) }
    }
    for (place, slot) in disk.enumerated() {
      for left in Set([(false, slot.hasSeal), (slot.hasRecords, false), (false, false)].map { [$0.0, $0.1] }) {
        var rotten = slot
        (rotten.hasRecords, rotten.hasSeal) = (left[0], left[1])
        found.append((.rot, Array(disk[..<place]) + [rotten] + disk[(place + 1)...]))
      }
      found.append((.cut, Array(disk[..<place])))
    }
    return found
  }

  /// Which promise a judgement breaks; nil if none.
  ///
  /// - Parameters:
  ///   - made: what the store wrote last at each position.
  ///   - acknowledged: how many of them it had answered for.
  private static func fault(
    _ move: Move, _ believed: [String], _ verdict: LogEnd.Verdict, made: [String], acknowledged: Int, signed: Int,
    depth: Int
  ) -> String? {
    if case .damaged = verdict { return move == .nothing ? "refused after a plain crash" : nil }
    guard believed == Array(made.prefix(believed.count)) else { return "believed what the store did not make last" }
    guard believed.count >= min(signed, acknowledged) else { return "lost what was signed" }
    let lost = acknowledged - believed.count
    if lost > 0, move == .nothing || move == .forgery { return "lost an acknowledged group though nothing touched it" }
    if lost > depth, move == .rot { return "rot took more than the tail" }
    return nil
  }

  /// All cases for one or two syncs in flight.
  ///
  /// - Parameter ignoresRun: judges as if all groups were of one run, which must break promises.
  private static func explore(depth: Int, ignoresRun: Bool = false) -> (cases: Int, faults: [String: Int]) {
    var (cases, faults) = (0, [String: Int]())
    for (slots, acknowledged) in runs(from: [], run: 1, depth: depth, tag: "a") {
      let first = judge(slots, run: 1, signed: [])
      if case .damaged = first.verdict { faults["first crash", default: 0] += 1 }
      guard Array(first.believed.prefix(acknowledged.count)) == acknowledged else {
        faults["first crash", default: 0] += 1
        continue
      }
      for kept in 0...slots.count {
        let found = judge(Array(slots[..<kept]), run: 1, signed: []).believed
        let old = slots.filter { !found.contains($0.group) && $0.hasRecords && $0.hasSeal }
        if kept < slots.count, old.isEmpty { continue }
        // The second opening signs what it found.
        let base = found.map { group in
          var group = group
          group.run = 2
          return group
        }
        for (second, answered) in runs(from: base, run: 2, depth: depth, tag: "b") {
          let disk = base.map { Slot(group: $0, hasRecords: true, hasSeal: true) } + second
          let truth = base + answered
          let made = records(truth) + second.map(\.group).filter { !truth.contains($0) }.map(\.record)
          for signed in Set([0, base.count, truth.count]) {
            for (move, seen) in moves(disk, old, base) {
              let slots =
                !ignoresRun
                ? seen
                : seen.map { slot in
                  var group = slot.group
                  group.run = 2
                  return Slot(
                    group: group, hasRecords: slot.hasRecords, hasSeal: slot.hasSeal, isForged: slot.isForged)
                }
              let (believed, verdict) = judge(slots, run: 2, signed: Array(records(truth)[..<signed]))
              cases += 1
              let fault = fault(
                move, records(believed), verdict, made: made, acknowledged: truth.count, signed: signed, depth: depth)
              if let fault { faults["\(move): \(fault)", default: 0] += 1 }
            }
          }
        }
      }
    }
    return (cases, faults)
  }

  @Test(arguments: [1, 2]) func `P10 a start believes what the store wrote last, whatever a hand did to the end`(
    depth: Int
  ) {
    let (cases, faults) = Self.explore(depth: depth)
    #expect(faults == [:])
    #expect(cases == (depth == 1 ? 8_237 : 59_053))
  }

  @Test func `without the run, a group that was cut away comes back in the place of a later one`() {
    let (_, faults) = Self.explore(depth: 1, ignoresRun: true)
    #expect(faults.keys.contains { $0.hasPrefix("oldRun: believed what the store did not make last") })
  }

  @Test func `a seal's bytes are read back, and bytes that no store writes are damage`() throws {
    let seal = GroupSeal(
      origin: Self.root(["o"]), run: 7, first: 40, end: 44, durable: 40, rootBefore: Self.root(["a"]),
      rootAfter: Self.root(["b"]))
    #expect(seal.encoded.count == GroupSeal.byteCount)
    #expect(try GroupSeal(decoding: seal.encoded) == seal)
    #expect(throws: LetheError(.damage, "")) { try GroupSeal(decoding: Array(seal.encoded.dropLast())) }
    for (first, end, durable) in [(40, 40, 40), (40, 39, 40), (40, 44, 41)] as [(UInt64, UInt64, UInt64)] {
      let wrong = GroupSeal(
        origin: .zero, run: 7, first: first, end: end, durable: durable, rootBefore: .zero, rootAfter: .zero)
      #expect(throws: LetheError(.damage, "")) { try GroupSeal(decoding: wrong.encoded) }
    }
  }
}
