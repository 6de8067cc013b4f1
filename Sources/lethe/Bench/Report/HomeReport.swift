internal import LethePolicies
internal import LetheSystem

/// Says what homes of one size cost, as medians of all runs.
struct HomeReport {
  /// One for each run; at least one.
  let homes: [HomeMeasurement]
  /// In a home of as many subjects and hardly more events; nil if that was not measured.
  var forgetsInNewHome: Latencies?
  /// Bytes of the log for each event, and of its padded payload.
  let bytesPerEvent: Double
  let paddedLength: Double

  /// The members `open`, `forget`, `stream`, `bytes` and `peakResidentBytes`.
  func adding(to json: JSONValue) -> JSONValue {
    json.adding([
      "open": .object([
        "cleanSeconds": .decimal(median { $0.openClean.inSeconds }),
        "killedSeconds": .decimal(median { $0.openKilled.inSeconds }),
        "killedEvents": .int(homes[0].killedEvents),
      ]),
      "forget": JSONValue.object([
        "milliseconds": .decimal(median { $0.use.forgets.middle.inMilliseconds }),
        "slowestMilliseconds": .decimal(median { $0.use.forgets.longest.inMilliseconds }),
        "subjects": .int(homes[0].use.forgets.count),
      ]).adding(
        forgetsInNewHome.map { forgets in
          [
            "newHomeMilliseconds": .decimal(forgets.middle.inMilliseconds),
            "newHomeSlowestMilliseconds": .decimal(forgets.longest.inMilliseconds),
          ]
        } ?? [:]),
      "stream": .object([
        "milliseconds": .decimal(median { $0.use.streamReads.middle.inMilliseconds }),
        "slowestMilliseconds": .decimal(median { $0.use.streamReads.longest.inMilliseconds }),
        "events": .int(HomeUse.eventLimit),
      ]),
      "bytes": .object([
        "perRecord": .decimal(bytesPerEvent), "paddedPayload": .decimal(paddedLength),
        "ratio": .decimal(bytesPerEvent / paddedLength),
      ]),
      "peakResidentBytes": .int(homes.map(\.peakResidentByteCount).max() ?? 0),
    ])
  }

  var lines: [String] {
    let use = homes[0].use
    let megabytes = (homes.map(\.peakResidentByteCount).max() ?? 0) >> 20
    return [
      "open    \(median { $0.openClean.inSeconds }.withThreeDecimals) s after a clean stop, "
        + "\(median { $0.openKilled.inSeconds }.withThreeDecimals) s after kill -9 of a process that had appended "
        + homes[0].killedEvents.counted("event"),
      "forget  " + milliseconds(\.forgets) + ", of \(use.forgets.count.counted("subject")), without a replica"
        + (forgetsInNewHome.map { "; in a new home \($0.middle.inMilliseconds.withThreeDecimals) ms" } ?? ""),
      "stream  " + milliseconds(\.streamReads)
        + ", of \(use.streamReads.count.counted("stream")), \(HomeUse.eventLimit.counted("event")) each",
      "bytes   \(Int(bytesPerEvent.rounded()).grouped) of the log a record, \(Int(paddedLength.rounded()).grouped) of them its "
        + "padded payload: \((bytesPerEvent / paddedLength).withThreeDecimals) of it",
      "memory  \(megabytes.grouped) MiB resident at most",
    ]
  }

  private func milliseconds(_ latencies: KeyPath<HomeUse, Latencies>) -> String {
    "\(median { $0.use[keyPath: latencies].middle.inMilliseconds }.withThreeDecimals) ms in the middle, "
      + "\(median { $0.use[keyPath: latencies].longest.inMilliseconds }.withThreeDecimals) ms at most"
  }

  private func median(_ figure: (HomeMeasurement) -> Double) -> Double { homes.map(figure).median }
}
