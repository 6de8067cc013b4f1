import Foundation
import LetheSystem
import LetheTesting
import Testing

/// What is found in a home whose processes were killed.
enum KilledHome {
  static func lines(_ tool: String, _ arguments: [String]) throws -> [[String: Any]] {
    let read = try SpawnedProcess(tool, arguments).finish()
    try #require(read.code == 0, "\(read.errors)")
    return try read.out.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  /// The ids of all events that open; every event must.
  static func eventIDs(_ tool: String, _ home: String) throws -> [String] {
    try lines(tool, ["read", "$all", "--home", home]).map { try #require($0["id"] as? String) }
  }

  /// Kills a process that runs, once `delay` is over, and reads what it wrote to its end. Nil if it ended by itself.
  static func kill(_ child: SpawnedProcess, after delay: Duration) -> (out: Data, wasKilled: Bool) {
    let (seconds, attoseconds) = delay.components
    usleep(UInt32(seconds * 1_000_000 + attoseconds / 1_000_000_000_000))
    child.kill(SIGKILL)
    let out = (try? child.output.readToEnd()) ?? nil
    return (out ?? Data(), child.waitUntilExit() == .killed(bySignal: SIGKILL))
  }
}
