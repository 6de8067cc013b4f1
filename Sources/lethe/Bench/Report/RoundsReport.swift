internal import LethePolicies
internal import LetheSystem

/// Says what was measured in several rounds of one plan: medians, and ratios within a round.
struct RoundsReport {
  let plan: BenchRound.Plan
  /// At least one.
  let rounds: [BenchRound]
  let paddedLength: Double

  private var home: HomeReport {
    HomeReport(
      homes: rounds.map(\.home), bytesPerEvent: rounds.map(\.bytesPerEvent).median, paddedLength: paddedLength)
  }

  private var appends: [(load: BenchLoad, rates: BenchRates)] {
    rounds[0].appends.enumerated().map { number, append in
      var rates = BenchRates()
      for round in rounds { rates.add(round.appends[number].eventsPerSecond, of: round.appends[number].limit) }
      return (append.load, rates)
    }
  }

  private var replays: [(replay: ReplayMeasurement, rates: BenchRates)] {
    rounds[0].replays.enumerated().map { number, replay in
      var rates = BenchRates()
      for round in rounds { rates.add(round.replays[number].eventsPerSecond, of: round.replayLimit) }
      return (replay, rates)
    }
  }

  var json: JSONValue {
    let appends = appends.map { load, rates in
      rates.json.adding([
        "writers": .int(load.writers), "batch": .int(load.batch), "oneStream": .bool(load.batching == .oneStream),
      ])
    }
    let replays = replays.map { replay, rates in
      rates.json.adding(["cores": .int(replay.cores), "pass": .string(replay.pass.rawValue)])
    }
    // The one of each kind that stands for it: 64 writers; one core, keys at hand.
    return home.adding(
      to: .object([
        "append": appends[2].adding(["cases": .array(appends)]),
        "replay": replays[1].adding(["cases": .array(replays)]),
      ])
    ).adding([
      "events": .int(plan.eventCount), "subjects": .int(plan.events.subjects), "runs": .int(rounds.count),
    ])
  }

  var lines: [String] {
    [BenchTable.head] + appends.map { load, rates in rates.line("append", load.words) }
      + replays.map { replay, rates in rates.line("replay", replay.words) } + home.lines
  }
}
