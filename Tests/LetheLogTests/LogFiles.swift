import LetheLog
import LetheSystem
import LetheTesting

let logDirectory = "/home/Log"
let segmentPath = "\(logDirectory)/\(FileLog.segmentName)"
let leavesPath = "\(logDirectory)/\(FileLog.leavesName)"

/// A log in memory files that the groups were appended to.
func makeFiles(_ groups: [[Record]]) throws -> MemoryFileSystem {
  let files = MemoryFileSystem()
  let log = try FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID)
  for group in groups { _ = try log.append(group) }
  return files
}

func openLog(
  _ files: some FileSystem, atLeast checkpoint: Checkpoint? = nil, access: LogAccess = .write
) throws(LetheError) -> FileLog {
  try FileLog.open(
    in: logDirectory, fileSystem: files, storeID: testStoreID, atLeast: checkpoint, access: access)
}
