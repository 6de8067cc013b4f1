internal import LetheSystem

/// Looks for words in files.
enum ResidueScan {
  /// How many of the folders' files there are, how many bytes they have, and how many hold one of the words.
  static func scan(
    _ folders: [String], for words: [String]
  ) throws(LetheError) -> (files: Int, bytes: Int, found: Int) {
    var result = (files: 0, bytes: 0, found: 0)
    for folder in folders {
      for entry in try FolderTree.files(in: folder) {
        guard let bytes = try FolderTree.contents(ofListed: "\(folder)/\(entry.name)") else { continue }
        result.files += 1
        result.bytes += bytes.count
        if words.contains(where: { contains(bytes, Array($0.utf8)) }) { result.found += 1 }
      }
    }
    return result
  }

  static func contains(_ bytes: [UInt8], _ word: [UInt8]) -> Bool {
    guard let first = word.first, bytes.count >= word.count else { return false }
    let text = bytes.span
    let pattern = word.span
    for start in 0...(text.count - pattern.count) where text[start] == first {
      var length = 1
      while length < pattern.count, text[start + length] == pattern[length] { length += 1 }
      if length == pattern.count { return true }
    }
    return false
  }
}
