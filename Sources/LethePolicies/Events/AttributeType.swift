/// The types that CloudEvents gives attributes: Boolean, Integer of 32 bits, and String, as which the others are written
/// (CloudEvents 1.0.2, "Type System"; JSON format 1.0.2, 2.2).
enum AttributeType {
  static func check(_ value: JSONDocument.Node, _ document: JSONDocument) throws(JSONFault) {
    let range = document.range(value)
    switch document.kind(value) {
    case .null, .true, .false, .string, .escapedString: return
    case .number:
      guard isInteger(document.text[range]) else {
        throw JSONFault(
          "An attribute's number is not a 32-bit integer; write it as a string",
          at: range.lowerBound)
      }
    case .array, .object:
      throw JSONFault(
        "An attribute's value is an array or an object; write it as a string, or move it into data",
        at: range.lowerBound)
    }
  }

  private static func isInteger(_ text: ArraySlice<UInt8>) -> Bool {
    // No exponent and no fraction, even where the value is whole.
    text.count <= 11 && Int32(String(decoding: text, as: UTF8.self)) != nil
  }
}
