internal import LetheSystem

/// Reads policy files one after the other and joins them.
struct PolicyReader {
  static let version = "lethe/1"

  private(set) var rememberForgotten: Bool?
  private(set) var fourEyes: Bool?
  private(set) var shared: [String] = []
  private(set) var types: [(name: String, policy: TypePolicy)] = []

  private var typeNames: Set<ExactText> = []

  mutating func read(_ name: String, _ bytes: [UInt8]) throws(LetheError) {
    let file = try PolicyFile(name, bytes)
    var hasVersion = false
    for member in try file.members(file.top) {
      switch member.name {
      case "policy":
        guard try file.string(member.value) == Self.version else {
          throw file.fail(
            member.value, "is not \"\(Self.version)\", the only format that this version reads; write that")
        }
        hasVersion = true
      case "rememberForgotten": try set(&rememberForgotten, member.value, file)
      case "fourEyes": try set(&fourEyes, member.value, file)
      case "shared":
        for element in try file.elements(member.value) { shared.append(try category(element, file)) }
      case "types":
        for type in try file.members(member.value) {
          guard !type.name.isEmpty else { throw file.fail(type.value, "names a type without a name; give it one") }
          guard typeNames.insert(ExactText(type.name)).inserted else {
            throw file.fail(type.value, "names a type that another file names too; keep one")
          }
          types.append((type.name, try TypePolicy(type.value, file)))
        }
      default: throw file.unknown(member.value)
      }
    }
    guard hasVersion else {
      throw file.fail(file.top, "has no member \"policy\"; add \"policy\": \"\(Self.version)\"")
    }
  }

  private func set(_ setting: inout Bool?, _ value: PolicyFile.Value, _ file: PolicyFile) throws(LetheError) {
    let given = try file.bool(value)
    if let setting, setting != given {
      throw file.fail(value, "is set otherwise in another file; keep one")
    }
    setting = given
  }

  private func category(_ value: PolicyFile.Value, _ file: PolicyFile) throws(LetheError) -> String {
    let text = try file.string(value)
    // A home of an earlier version may have streams, and so a category, that begin with `id:`.
    guard (try? StreamName(stored: text)) != nil, text.utf8.first != UInt8(ascii: "$") else {
      throw file.fail(value, "is no category that a stream can have; correct it")
    }
    guard !text.utf8.contains(UInt8(ascii: "-")) else {
      throw file.fail(value, "holds a hyphen, but a category ends before a stream name's first one; cut it there")
    }
    return text
  }
}

extension TypePolicy {
  /// Reads the object that follows a type's name.
  init(_ type: PolicyFile.Value, _ file: PolicyFile) throws(LetheError) {
    self.init()
    var fields: [(pointer: JSONPointer, value: PolicyFile.Value)] = []
    for member in try file.members(type) {
      switch member.name {
      case "subject":
        guard try file.string(member.value) == "none" else {
          throw file.fail(member.value, "is not \"none\"; write that, or leave it out where events concern a person")
        }
        subject = .none
      case "retained":
        var pointers: [JSONPointer] = []
        for element in try file.elements(member.value) {
          let pointer = try Self.pointer(try file.string(element), element, file)
          fields.append((pointer, element))
          if pointer == Self.recordedTime { retainsRecordedTime = true } else { pointers.append(pointer) }
        }
        retain(pointers)
      case "replacements":
        for replacement in try file.members(member.value) {
          let pointer = try Self.pointer(replacement.name, replacement.value, file)
          guard pointer != Self.recordedTime else {
            throw file.fail(replacement.value, "replaces what only the store writes; remove it")
          }
          fields.append((pointer, replacement.value))
          replacements.append(Replacement(pointer: pointer, value: file.value(replacement.value)))
        }
      default: throw file.unknown(member.value)
      }
    }
    if subject == .none, let field = fields.first {
      throw file.fail(field.value, "names a field of a type that concerns nobody and is retained whole; remove one")
    }
    try Self.refuseOverlaps(fields, file)
  }

  /// Attributes by which a person or a stream is found are kept under the subject's key alone, and not imitated.
  private static let personalAlways = ["id", "datasubject", "stream"]

  private static func pointer(
    _ text: String, _ value: PolicyFile.Value, _ file: PolicyFile
  ) throws(LetheError) -> JSONPointer {
    let pointer: JSONPointer
    do { pointer = try JSONPointer(text) } catch {
      throw file.fail(value, "is no JSON Pointer; begin it with / and write ~0 for ~ and ~1 for / in a name")
    }
    guard let first = pointer.tokens.first else {
      throw file.fail(value, "names the whole event; name fields, or write \"subject\": \"none\" for the type")
    }
    guard !personalAlways.contains(first) else {
      throw file.fail(value, "names an attribute by which a person is found; remove it")
    }
    guard first != "storedtime" else {
      throw file.fail(value, "names what only the store writes; write /recordedtime, as policies call that time")
    }
    guard first == "recordedtime" ? pointer == recordedTime : !EventAttributes.storeOwned.contains(first) else {
      throw file.fail(value, "names what only the store writes; remove it")
    }
    guard pointer.tokens.count <= FieldPath.stepLimit else {
      throw file.fail(value, "leads through more than \(FieldPath.stepLimit) levels; shorten it")
    }
    guard pointer.tokens.allSatisfy({ JSONPointer.arrayIndex($0) ?? 0 < FieldPath.indexLimit }) else {
      throw file.fail(value, "names an array element past 10,000; name the array")
    }
    return pointer
  }

  private static func refuseOverlaps(
    _ fields: [(pointer: JSONPointer, value: PolicyFile.Value)], _ file: PolicyFile
  ) throws(LetheError) {
    var known = PointerTree()
    for field in fields {
      switch known.add(field.pointer) {
      case .apart: continue
      case .repeated: throw file.fail(field.value, "names a field that is named before; keep one")
      case .nested: throw file.fail(field.value, "lies in or around a field that is named before; keep one")
      }
    }
  }
}
