/// Options that every command takes, before or after its words.
enum GlobalOptions {
  static let home = Option("--home", "DIR", "The home's folder; the current folder unless given.")
  static let json = Option("--json", "Writes results as JSON, one object a line.")
  static let wait = Option(
    "--wait", "DURATION",
    "How long to wait for another process that has the home open, as ISO 8601 writes it; PT5S unless given.")
  static let help = Option("--help", "Says how a command is used, and ends.")
  static let version = Option("--version", "Says which version this is, and ends.")

  static let all = [home, json, wait, help, version]
}

extension Option {
  /// A switch that may be left out.
  init(_ name: String, _ help: String) { self.init(name, nil, .optional, help) }

  /// An option with a value that may be left out.
  init(_ name: String, _ value: String, _ help: String) { self.init(name, value, .optional, help) }
}
