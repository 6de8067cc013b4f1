import Foundation
import LethePolicies
import LetheStore

// Appends until it is killed: LetheAppender HOME RUN TASKS. Each task appends one event after the other, each by itself and
// to streams that others append to as well, and writes the event's id on a line of its own once it is acknowledged. Some
// are appended a second time, as a sender does that heard no answer.

guard CommandLine.arguments.count == 4, let tasks = Int(CommandLine.arguments[3]) else {
  FileHandle.standardError.write(Data("usage: LetheAppender HOME RUN TASKS\n".utf8))
  exit(64)
}
let run = CommandLine.arguments[2]
let store = try Store.open(Home(CommandLine.arguments[1]))
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
