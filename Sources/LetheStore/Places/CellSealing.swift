internal import LethePolicies
internal import LetheSystem

/// How a cell's shares are sealed, so that whoever takes its medium does not read them. Sealing is access control, and no
/// erasure.
public enum CellSealing: Sendable, Equatable {
  /// By all bytes of a file, 32 at least, which is kept apart from the cell; an absolute path.
  case keyFile(String)
  /// By a passphrase, the same for all cells that have one.
  case passphrase

  /// As `Keys/places.json`, the log and JSON output name it.
  public var name: String {
    switch self {
    case .keyFile: "key-file"
    case .passphrase: "passphrase"
    }
  }

  /// What stands behind a cell's path in `Keys/places.json`.
  var members: [JSONValue.Member] {
    let sealed = JSONValue.Member(name: "sealed", value: .string(name))
    switch self {
    case .keyFile(let path): return [sealed, JSONValue.Member(name: "keyFile", value: .string(path))]
    case .passphrase: return [sealed]
    }
  }

  /// - Returns: nil if the cell is not sealed.
  /// - Throws: `damage` if this is nothing that `members` gives.
  static func read(_ cell: JSONValue) throws(LetheError) -> CellSealing? {
    switch (cell["sealed"], cell["keyFile"]) {
    case (nil, nil): return nil
    case (.string("passphrase")?, nil): return .passphrase
    case (.string("key-file")?, .string(let path)?) where path.hasPrefix("/"): return .keyFile(path)
    case _: throw Places.unreadable
    }
  }

  /// The same among a fact's texts.
  var texts: [String] {
    switch self {
    case .keyFile(let path): [name, path]
    case .passphrase: [name, ""]
    }
  }

  init?(texts name: String, _ path: String) {
    switch name {
    case "key-file": self = .keyFile(path)
    case "passphrase": self = .passphrase
    case _: return nil
    }
  }
}
