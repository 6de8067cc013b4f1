/// One check that every implementation of a protocol must pass; a parameterised test runs it.
public struct ConformanceCase<Subject>: Sendable, CustomStringConvertible {
  /// What holds if the check passes, as a sentence.
  public let description: String
  private let body: @Sendable (Subject) throws -> Void

  public init(_ description: String, _ body: @escaping @Sendable (Subject) throws -> Void) {
    self.description = description
    self.body = body
  }

  /// - Throws: `Violation`, or what the implementation threw.
  public func check(_ subject: Subject) throws { try body(subject) }
}

/// An implementation does not do what its protocol promises.
public struct Violation: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// - Throws: `Violation` naming the line, unless the condition holds.
public func expect(_ condition: Bool, _ what: String = "", file: String = #fileID, line: Int = #line) throws {
  if !condition { throw Violation("\(file):\(line): does not hold \(what)") }
}

/// - Throws: `Violation` naming the line, unless `body` throws.
public func expectError(_ what: String = "", file: String = #fileID, line: Int = #line, _ body: () throws -> Void)
  throws
{
  do { try body() } catch { return }
  throw Violation("\(file):\(line): no error was thrown \(what)")
}
