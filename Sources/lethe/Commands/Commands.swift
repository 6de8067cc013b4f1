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
    ReplicaCommands.add,
    ReplicaCommands.drop,
    ReplicaCommands.list,
    BackupCommands.backup,
    RestoreCommand.restore,
    KeyStatusCommand.command,
    BenchAppendCommand.command,
    BenchSubjectsCommand.command,
  ]
}
