import LetheSystem
import Testing

@testable import LethePolicies

@Suite struct PolicyTests {
  static func refusal(_ files: String...) -> LetheError? {
    failure { () throws(LetheError) in
      _ = try Policies(files: files.enumerated().map { ("p\($0).json", $1.bytes) })
    }
  }

  static func types(_ types: String) -> String { "{\"policy\":\"lethe/1\",\n\"types\":{\(types)}}" }

  @Test func `the sample is the repository's file and says what the README promises`() throws {
    let root = #filePath.parentPath.parentPath.parentPath
    #expect(try LocalFileSystem().contents(ofFile: root + "/Policies/sample.json") == Policies.sample)
    let policies = try Policies(files: [("sample.json", Policies.sample)])
    #expect(policies.rememberForgotten && !policies.requiresFourEyes)
    #expect(policies.needsNoSubject(type: "WardOpened") && !policies.needsNoSubject(type: "MedicationPrescribed"))
    #expect(try policies.isShared(StreamName("ward-3")) && policies.isShared(StreamName("ward")))
    #expect(try !policies.isShared(StreamName("wards-3")) && !policies.isShared(StreamName("patient-3")))
    #expect(policies.replacements(type: "AdverseReactionReported").map(\.pointer.description) == ["/data/note"])
  }

  @Test func `without files everything is personal, forgotten subjects are remembered and one officer suffices`() throws
  {
    let policies = try Policies(files: [])
    #expect(policies.rememberForgotten && !policies.requiresFourEyes && !policies.needsNoSubject(type: "T"))
    #expect(try !policies.isShared(StreamName("ward-1")))
  }

  @Test func `several files are joined`() throws {
    let policies = try Policies(files: [
      ("a.json", "{\"policy\":\"lethe/1\",\"shared\":[\"ward\"],\"fourEyes\":true}".bytes),
      (
        "b.json",
        "{\"policy\":\"lethe/1\",\"shared\":[\"ward\",\"room\"],\"fourEyes\":true,\"rememberForgotten\":false}".bytes
      ),
      ("c.json", Self.types("\"A\":{\"subject\":\"none\"}").bytes), ("d.json", Self.types("\"B\":{}").bytes),
    ])
    #expect(policies.requiresFourEyes && !policies.rememberForgotten && policies.needsNoSubject(type: "A"))
    #expect(try policies.isShared(StreamName("ward-1")) && policies.isShared(StreamName("room-1")))
  }

  @Test(arguments: [
    ("", "p0.json:1:1", "early"), ("{", "p0.json:1:2", "early"), ("[]", "p0.json:1:1", "The policy is not an object"),
    ("{}", "p0.json:1:1", "has no member \"policy\""), ("{\"policy\":\"lethe/2\"}", "p0.json:1:11", "/policy"),
    ("{\"policy\":1}", "p0.json:1:11", "/policy is not a string"),
    ("{\"policy\":\"lethe/1\",\n  \"retention\":{}}", "p0.json:2:15", "/retention is no member"),
    ("{\"policy\":\"lethe/1\",\"policy\":\"lethe/1\"}", "p0.json:1:21", "two members"),
    ("{\"policy\":\"lethe/1\",\"fourEyes\":1}", "p0.json:1:32", "/fourEyes is not true or false"),
    ("{\"policy\":\"lethe/1\",\"rememberForgotten\":\"no\"}", "p0.json:1:41", "/rememberForgotten"),
    ("{\"policy\":\"lethe/1\",\"shared\":\"ward\"}", "p0.json:1:30", "/shared is not an array"),
    ("{\"policy\":\"lethe/1\",\"shared\":[\"ward\",\n7]}", "p0.json:2:1", "/shared/1 is not a string"),
    ("{\"policy\":\"lethe/1\",\"shared\":[\"a-b\"]}", "p0.json:1:31", "/shared/0 holds a hyphen"),
    ("{\"policy\":\"lethe/1\",\"shared\":[\"$a\"]}", "p0.json:1:31", "/shared/0"),
    ("{\"policy\":\"lethe/1\",\"shared\":[\"\"]}", "p0.json:1:31", "/shared/0"),
    (types(""), "", ""), (types("\"T\":{}"), "", ""), (types("\"T\":1"), "p0.json:2:14", "/types/T is not an object"),
    (types("\"\":{}"), "p0.json:2:13", "without a name"),
    (types("\"T\":{\"retain\":[]}"), "p0.json:2:24", "/types/T/retain is no member"),
    (types("\"T\":{\"subject\":\"some\"}"), "p0.json:2:25", "/types/T/subject is not \"none\""),
    (types("\"T\":{\"subject\":null}"), "p0.json:2:25", "/types/T/subject is not a string"),
    (types("\"T\":{\"retained\":{}}"), "p0.json:2:26", "/types/T/retained is not an array"),
    (types("\"T\":{\"retained\":[1]}"), "p0.json:2:27", "/types/T/retained/0 is not a string"),
    (types("\"T\":{\"retained\":[\"data\"]}"), "p0.json:2:27", "is no JSON Pointer"),
    (types("\"T\":{\"retained\":[\"/a~2\"]}"), "p0.json:2:27", "is no JSON Pointer"),
    (types("\"T\":{\"retained\":[\"\"]}"), "p0.json:2:27", "names the whole event"),
    (types("\"T\":{\"retained\":[\"/id\"]}"), "p0.json:2:27", "by which a person is found"),
    (types("\"T\":{\"retained\":[\"/type\",\"/datasubject\"]}"), "p0.json:2:35", "/types/T/retained/1"),
    (types("\"T\":{\"retained\":[\"/stream/x\"]}"), "p0.json:2:27", "by which a person is found"),
    (types("\"T\":{\"retained\":[\"/position\"]}"), "p0.json:2:27", "only the store writes"),
    (types("\"T\":{\"retained\":[\"/recordedtime/x\"]}"), "p0.json:2:27", "only the store writes"),
    (types("\"T\":{\"retained\":[\"/data/a\",\"/data/a\"]}"), "p0.json:2:37", "named before"),
    (types("\"T\":{\"retained\":[\"/data/a\",\"/data/a/b\"]}"), "p0.json:2:37", "in or around"),
    (types("\"T\":{\"retained\":[\"/data/a/b\",\"/data\"]}"), "p0.json:2:39", "in or around"),
    (types("\"T\":{\"retained\":[\"/data/10000\"]}"), "p0.json:2:27", "past 10,000"),
    (types("\"T\":{\"retained\":[\"\(String(repeating: "/a", count: 65))\"]}"), "p0.json:2:27", "64 levels"),
    (types("\"T\":{\"retained\":[\"/data/a\"],\"replacements\":{\"/data/a\":1}}"), "p0.json:2:64", "named before"),
    (types("\"T\":{\"retained\":[\"/data/a\"],\"replacements\":{\"/data\":1}}"), "p0.json:2:62", "in or around"),
    (types("\"T\":{\"replacements\":{\"/data/a\":1,\"/data/a/b\":2}}"), "p0.json:2:55", "in or around"),
    (types("\"T\":{\"replacements\":{\"/recordedtime\":1}}"), "p0.json:2:47", "only the store writes"),
    (types("\"T\":{\"replacements\":{\"/id\":1}}"), "p0.json:2:37", "/types/T/replacements/~1id"),
    (types("\"T\":{\"replacements\":[]}"), "p0.json:2:30", "/types/T/replacements is not an object"),
    (types("\"T\":{\"subject\":\"none\",\"retained\":[\"/type\"]}"), "p0.json:2:44", "concerns nobody"),
    (types("\"T\":{\"replacements\":{\"/data/a\":1},\"subject\":\"none\"}"), "p0.json:2:41", "concerns nobody"),
    (types("\"T\":{},\"T\":{}"), "p0.json:2:17", "two members"),
    (types("\"T\":{\"retained\":[\"/data/a\",\"/data/ab\",\"/recordedtime\",\"/data_base64\"]}"), "", ""),
  ])
  func `a wrong policy is refused with file, line, column and member`(_ text: String, _ place: String, _ words: String)
    throws
  {
    guard !place.isEmpty else {
      #expect(Self.refusal(text) == nil)
      return
    }
    let error = try #require(Self.refusal(text))
    #expect(error.code == .input)
    #expect(error.place == place)
    #expect(error.message.contains(words), "\(error)")
  }

  @Test func `files must not name a type twice or contradict each other`() {
    let type = Self.types("\"T\":{}")
    #expect(Self.refusal(type, type)?.place == "p1.json:2:14")
    #expect(
      Self.refusal("{\"policy\":\"lethe/1\",\"fourEyes\":true}", "{\"policy\":\"lethe/1\",\"fourEyes\":false}")?.place
        == "p1.json:1:32")
  }

  @Test func `types are told apart by their bytes`() throws {
    let policies = try Policies(files: [("p", Self.types("\"\u{E9}\":{\"subject\":\"none\"},\"e\u{301}\":{}").bytes)])
    #expect(policies.needsNoSubject(type: "\u{E9}") && !policies.needsNoSubject(type: "e\u{301}"))
  }

  @Test func `the digest's input depends on what policies mean, not on how they are written`() throws {
    let one = try Policies(files: [
      (
        "a",
        Self.types(
          "\"A\":{\"retained\":[\"/type\",\"/recordedtime\"],\"replacements\":{\"/x\":[1, 2],\"/b\":0}},\"B\":{\"subject\":\"none\"}"
        ).bytes
      ),
      ("b", "{\"policy\":\"lethe/1\",\"shared\":[\"b\",\"a\"]}".bytes),
    ])
    let two = try Policies(files: [
      (
        "x",
        "{\"shared\":[\"a\"], \"policy\":\"lethe/1\",\"fourEyes\":false,\"types\":{\"B\":{\"subject\":\"none\"}}}".bytes
      ),
      ("y", "{\"shared\":[\"b\",\"a\"], \"policy\":\"lethe/1\"}".bytes),
      (
        "z",
        Self.types("\"A\":{\"replacements\":{\"/b\":0,\"/x\":[1,2]},\"retained\":[\"/recordedtime\",\"/type\"]}").bytes
      ),
    ])
    #expect(one.digestInput == two.digestInput)
    #expect(
      one.digestInput.string
        == "{\"policy\":\"lethe/1\",\"rememberForgotten\":true,\"fourEyes\":false,\"shared\":[\"a\",\"b\"],\"types\":{\"A\":{\"retained\":[\"/recordedtime\",\"/type\"],\"replacements\":{\"/b\":0,\"/x\":[1,2]}},\"B\":{\"subject\":\"none\"}}}"
    )
    #expect(try one.digestInput != Policies(files: []).digestInput)
  }
}
