public import LetheSystem

/// Why a person is to be forgotten: Art. 17(1)(a) to (f) GDPR.
public enum Ground: String, Sendable, CaseIterable {
  case noLongerNecessary = "17-1-a"
  case consentWithdrawn = "17-1-b"
  case objection = "17-1-c"
  case unlawfulProcessing = "17-1-d"
  case legalObligation = "17-1-e"
  case childsService = "17-1-f"
}

/// A member of staff as the controller names them: letters, digits and `-_.@`, at most 1,024 bytes.
public struct StaffID: Sendable, Hashable {
  public let text: String

  /// - Throws: `input` for any other text.
  public init(_ text: String) throws(LetheError) {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case _: "-_.@".utf8.contains(byte)
      }
    }
    guard isPlain, !text.isEmpty, text.utf8.count <= 1024 else {
      throw LetheError(.input, "a staff id has letters, digits and -_.@ only, at most 1,024 bytes; correct it")
    }
    self.text = text
  }
}
