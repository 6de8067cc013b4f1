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

  private var replays: [(cores: Int, rates: BenchRates)] {
    rounds[0].replays.enumerated().map { number, replay in
      var rates = BenchRates()
      for round in rounds { rates.add(round.replays[number].eventsPerSecond, of: round.replayLimit) }
      return (replay.cores, rates)
    }
  }

  var json: JSONValue {
    let appends = appends.map { load, rates in
      rates.json.adding([
        "writers": .int(load.writers), "batch": .int(load.batch), "oneStream": .bool(load.batching == .oneStream),
      ])
    }
    let replays = replays.map { cores, rates in rates.json.adding(["cores": .int(cores)]) }
    // The first of each kind that stands for it: 64 writers, one core.
    return home.adding(
      to: .object([
        "append": appends[2].adding(["cases": .array(appends)]),
        "replay": replays[0].adding(["cases": .array(replays)]),
      ])
    ).adding([
      "events": .int(plan.eventCount), "subjects": .int(plan.events.subjects), "runs": .int(rounds.count),
    ])
  }

  var lines: [String] {
    [BenchTable.head] + appends.map { load, rates in rates.line("append", load.words) }
      + replays.map { cores, rates in rates.line("replay", cores.counted("core")) } + home.lines
  }
}
