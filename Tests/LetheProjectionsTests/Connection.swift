import LetheSQLite
import LetheSystem

/// A second connection to a file of read models.
enum Connection {
  static func make(_ path: String, _ sql: String) throws(LetheError) -> Database {
    let database = try Database(path: path, mode: .create, busyTimeout: .milliseconds(1))
    try database.execute(sql)
    return database
  }
}
