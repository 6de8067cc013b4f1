internal import LetheCrypto
internal import LetheStore
internal import LetheSystem

ProcessMemory.keepCompact()
ThisProcess.occupyStandardStreams()
SecretMemory.protectProcess()
ThisProcess.ignoreBrokenPipes()

let tool = Tool(
  console: Console(
    input: ByteStream.standardInput, output: ByteStream.standardOutput, errors: ByteStream.standardError),
  world: World(passphraseFile: ThisProcess.environment(World.passphraseVariable)),
  interruption: Interruption(prepare: ThisProcess.catchInterrupt) { ThisProcess.isInterrupted })
ThisProcess.exit(await tool.run(Array(CommandLine.arguments.dropFirst())).rawValue)
