import Foundation
import LetheLog
import LethePolicies
import LetheStore

// Appends until it is killed: LetheAppender HOME RUN TASKS [SEGMENT-BYTES]. Each task appends one event after the other,
// each by itself and to streams that others append to as well, and writes the event's id on a line of its own once it is
// acknowledged. Some are appended a second time, as a sender does that heard no answer.

let arguments = CommandLine.arguments
guard (4...5).contains(arguments.count), let tasks = Int(arguments[3]),
  let segmentByteCount = arguments.count == 5 ? Int(arguments[4]) : LogOptions.usual.segmentByteCount
else {
  FileHandle.standardError.write(Data("usage: LetheAppender HOME RUN TASKS [SEGMENT-BYTES]\n".utf8))
  exit(64)
}
let run = arguments[2]
let world = World(logOptions: LogOptions(segmentByteCount: segmentByteCount))
let store = try Store.open(Home(arguments[1]), in: world)
try await withThrowingTaskGroup(of: Void.self) { group in
  for task in 0..<tasks {
    group.addTask {
      for number in 0... {
        let id = "run-\(run)-task-\(task)-\(number)"
        let person = (task * 7 + number) % 50
        let event = try CloudEvent(
          json: Array(
            """
            {"specversion":"1.0","id":"\(id)","source":"urn:appender","type":"SymptomReported",\
            "datasubject":"P-\(person)","data":{"number":\(number)}}
            """.utf8))
        for _ in 0...(number % 5 == 0 ? 1 : 0) {
          _ = try await store.append(AppendRequest(to: StreamName("patient-\(person)"), [event]))
        }
        FileHandle.standardOutput.write(Data("\(id)\n".utf8))
      }
    }
  }
  try await group.waitForAll()
}
