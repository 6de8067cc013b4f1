import LetheSystem
import Testing

@testable import LethePolicies

@Suite struct AttributeTests {
  @Test(arguments: [
    "\"\"", "\"1.5\"", "true", "false", "null", "0", "-0", "7", "-2147483648", "2147483647",
  ])
  func `an attribute is a boolean, a string or a whole number of 32 bits`(_ value: String) throws {
    let event = try CloudEvent(json: CloudEventTests.event("\"ext\":\(value)").bytes)
    #expect(event.text.string.contains("\"ext\":\(value)"))
  }

  @Test(arguments: [
    ("1.5", "32-bit integer"), ("1.0", "32-bit integer"), ("1e3", "32-bit integer"), ("1E400", "32-bit integer"),
    ("2147483648", "32-bit integer"), ("-2147483649", "32-bit integer"), ("00000000000", "number"), ("[]", "array"),
    ("[\"a\"]", "array"), ("{}", "object"), ("{\"a\":1}", "object"),
  ])
  func `any other attribute value is refused`(_ value: String, _ word: String) throws {
    for name in ["ext", "recordedtime", "traceparent", "sequence"] {
      let error = try #require(CloudEventTests.refusal(CloudEventTests.event("\"\(name)\":\(value)")))
      #expect(error.code == .input && error.message.contains(word), "\(error.message)")
    }
  }

  @Test(arguments: [
    ("", "\"ext\":null"), ("", "\"time\":null,\"subject\":null,\"datasubject\":null,\"dataschema\":null"),
    ("\"data\":1", "\"data\":1,\"data_base64\":null"), ("", "\"data_base64\":null"),
    ("", "\"position\":null,\"storedtime\":null"), ("\"traceparent\":\"00-a\"", "\"traceparent\":\"00-b\""),
    ("\"traceparent\":\"00-a\",\"tracestate\":\"x=1\"", ""), ("\"ext\":1", "\"tracestate\":\"y=2\",\"ext\":1"),
  ])
  func `null attributes and tracing make no other event`(_ one: String, _ two: String) throws {
    let (left, right) = try (
      CloudEvent(json: CloudEventTests.event(one).bytes), CloudEvent(json: CloudEventTests.event(two).bytes)
    )
    #expect(left.isEquivalent(to: right) && right.isEquivalent(to: left))
  }

  @Test(arguments: [
    ("", "\"data\":null"), ("\"data\":null", "\"data\":0"), ("\"ext\":1", ""), ("\"ext\":\"\"", "\"ext\":null"),
    ("\"data\":{\"traceparent\":1}", "\"data\":{\"traceparent\":2}"), ("\"data\":{}", "\"data\":{\"a\":null}"),
    ("\"data\":\"\"", "\"data_base64\":\"\""), ("\"recordedtime\":\"a\"", "\"recordedtime\":\"b\""),
  ])
  func `another payload or attribute makes another event`(_ one: String, _ two: String) throws {
    let (left, right) = try (
      CloudEvent(json: CloudEventTests.event(one).bytes), CloudEvent(json: CloudEventTests.event(two).bytes)
    )
    #expect(!left.isEquivalent(to: right) && !right.isEquivalent(to: left))
  }

  @Test(arguments: [
    "\"ext\":1.5", "\"ext\":{\"a\":[1]}", "\"storedtime\":\"2026-01-01\"", "\"ext\":12345678901234567890",
  ])
  func `what an older version took is still read`(_ more: String) throws {
    let text = CloudEventTests.event(more)
    #expect(CloudEventTests.refusal(text) != nil)
    #expect(try CloudEvent(stored: text.bytes).text == text.bytes)
  }

  @Test(arguments: [
    "9999-12-31T23:59:59-05:00", "0000-01-01T00:00:00+05:00", "2016-12-31T23:59:60Z", "2026-01-01t00:00:00z",
  ])
  func `a time that RFC 3339 has is taken`(_ time: String) throws {
    let event = try CloudEvent(json: CloudEventTests.event("\"time\":\"\(time)\"").bytes)
    #expect(event.time != nil)
  }
}
