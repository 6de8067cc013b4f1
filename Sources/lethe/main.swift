internal import LetheCrypto
internal import LetheStore
internal import LetheSystem

ProcessMemory.keepCompact()
ThisProcess.occupyStandardStreams()
SecretMemory.protectProcess()
ThisProcess.ignoreBrokenPipes()
ThisProcess.ignoreFileSizeSignals()

let passphraseFile = ThisProcess.environment(World.passphraseVariable)
let question = PassphraseQuestion()
let canAsk = passphraseFile == nil && Terminal.isStandardInput

let tool = Tool(
  console: Console(
    input: ByteStream.standardInput, output: ByteStream.standardOutput, errors: ByteStream.standardError),
  world: World(passphraseFile: passphraseFile, asking: canAsk ? question : nil),
  interruption: Interruption(prepare: ThisProcess.catchInterrupt, letDie: ThisProcess.unblockInterrupt) {
    ThisProcess.isInterrupted
  })
let code = await tool.run(bytes: Array(ProcessArguments.bytes.dropFirst()))
question.forget()
ThisProcess.exit(code.rawValue)
