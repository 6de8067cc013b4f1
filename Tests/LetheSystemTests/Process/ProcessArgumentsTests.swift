import LetheSystem
import Testing

@Suite struct ProcessArgumentsTests {
  @Test func `arguments are the process's own, byte for byte`() {
    let bytes = ProcessArguments.bytes
    #expect(!bytes.isEmpty && bytes.map { String(decoding: $0, as: UTF8.self) } == CommandLine.arguments)
  }
}
