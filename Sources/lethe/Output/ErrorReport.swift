internal import LethePolicies
internal import LetheSystem

/// How an error is told.
enum ErrorReport {
  /// One sentence for people.
  static func line(_ error: LetheError) -> String { "lethe: \(error)" }

  /// `{"code":"…","message":"…"}`.
  static func json(_ error: LetheError) -> JSONValue {
    .object(["code": .string(error.code.rawValue), "message": .string(error.description)])
  }
}
