internal import LetheStore
internal import LetheSystem

/// Where measurements have their homes.
enum BenchFolder {
  /// Measures in a folder beside the home, so that it is on the home's disk, and removes it again.
  static func measure<Measurement>(
    for invocation: Invocation, _ measure: (String) async throws(LetheError) -> Measurement
  ) async throws(LetheError) -> Measurement {
    let folder = try FolderTree.makeUnique(invocation.home.path + "/.lethe-bench-")
    let result: Result<Measurement, LetheError>
    do throws(LetheError) { result = .success(try await measure(folder)) } catch { result = .failure(error) }
    try FolderTree.remove(folder)
    return try result.get()
  }
}
