/// All commands, in the order in which help lists them.
enum Commands {
  static let all: [Command] = [
    InitCommand.command,
    DemoCommand.command,
    ImportCommand.command,
    AppendCommand.command,
    ReadCommand.command,
    SubjectShowCommand.command,
    ForgetNowCommand.command,
    ForgetConfirmCommand.command,
    ProjectionCommands.list,
    ProjectionCommands.run,
    ProjectionCommands.rebuild,
    ProjectionCommands.show,
    AuditVerifyCommand.command,
    AuditDrillCommand.command,
    AuditProofCommands.proof,
    AuditProofCommands.check,
    ReplicaCommands.add,
    ReplicaCommands.drop,
    ReplicaCommands.list,
    BackupCommands.backup,
    RestoreCommand.restore,
    KeyStatusCommand.command,
    CellCommands.add,
    CellCommands.replace,
    CellCommands.drop,
    CellCommands.list,
    KeySealCommand.command,
    HomeCommands.migrate,
    BenchAppendCommand.command,
    BenchReplayCommand.command,
    BenchForgetCommand.command,
    BenchSubjectsCommand.command,
    BenchAllCommand.command,
  ]

  /// What the help of commands that begin with the same words says besides: what to do when.
  static let advice = [CellCommands.words: CellCommands.advice]
}
