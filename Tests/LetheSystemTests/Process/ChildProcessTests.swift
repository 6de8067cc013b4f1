import LetheSystem
import Testing

@Suite(.timeLimit(.minutes(20))) struct ChildProcessTests {
  @Test func `a child takes its input and tells its errors`() throws {
    let child = try ChildProcess("/bin/sh", ["-c", "read line; echo \"$line, heard\" >&2; echo unseen; exec cat"])
    #expect(try child.input.write(Array("word\n".utf8)) == .delivered)
    #expect(try String(decoding: child.errors.read(upTo: 100), as: UTF8.self) == "word, heard\n")
    child.kill()
    #expect(try child.errors.read(upTo: 100) == [])
    // It is gone, so this is nobody else's end.
    child.kill()
  }

  @Test func `a child ends with its owner`() throws {
    var child: ChildProcess? = try ChildProcess("/bin/sh", ["-c", "echo ready >&2; exec sleep 1000"])
    let errors = try #require(child?.errors)
    #expect(try String(decoding: errors.read(upTo: 100), as: UTF8.self) == "ready\n")
    child = nil
    #expect(try errors.read(upTo: 100) == [])
  }

  @Test func `a program that is not there is no child`() {
    #expect(throws: LetheError.self) { try ChildProcess("/nowhere", []) }
  }
}
