#if Fuzzing
  internal import Glibc
  internal import LetheSystem

  // LetheFuzzing list                         the names of the targets
  // LetheFuzzing seeds TARGET FOLDER          writes the inputs that a search begins from
  // LetheFuzzing TARGET [libFuzzer's words]   searches, or runs the inputs that are named

  /// libFuzzer takes `main`; this is the first that it calls.
  @_cdecl("LLVMFuzzerInitialize")
  public func initialize(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
  ) -> CInt {
    let arguments = CommandLine.arguments.dropFirst()
    switch arguments.first {
    case "list":
      for target in FuzzTarget.all { print(target.name) }
      exit(0)
    case "seeds":
      guard arguments.count == 3, let target = FuzzTarget.all.first(where: { $0.name == arguments[2] }) else { usage() }
      do { try write(target.seeds(), to: arguments[3]) } catch { finding("no seeds: \(error)") }
      exit(0)
    default:
      // The target's name is ours; libFuzzer reads the words behind it.
      guard !arguments.isEmpty else { usage() }
      words.pointee[1] = words.pointee[0]
      words.pointee += 1
      count.pointee -= 1
      _ = chosen
    }
    return 0
  }

  @_cdecl("LLVMFuzzerTestOneInput")
  public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    chosen.check(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
  }

  private let chosen: FuzzTarget = {
    guard let target = FuzzTarget.all.first(where: { $0.name == CommandLine.arguments[1] }) else { usage() }
    return target
  }()

  private func usage() -> Never {
    print("usage: LetheFuzzing list | seeds TARGET FOLDER | TARGET [OPTION|FILE|FOLDER …]")
    exit(2)
  }

  private func write(_ seeds: [[UInt8]], to folder: String) throws(LetheError) {
    let files = LocalFileSystem()
    try files.createDirectory(folder)
    for (number, seed) in seeds.enumerated() {
      let file = try files.open("\(folder)/seed-\(number)", .create)
      try seed.withByteSpan { (bytes) throws(LetheError) in try file.write(bytes, at: 0) }
    }
  }
#else
  /// SwiftPM builds every target; without the trait this one does nothing.
  @main enum Fuzzing {
    static func main() { print("built without fuzz targets; run .ci/fuzz") }
  }
#endif
