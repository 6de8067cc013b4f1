internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

extension StoreState {
  /// Brings the directory to the end of the index by opening the facts behind its bookmark.
  ///
  /// Facts about forgotten subjects no longer open and are left out; so a directory that was rebuilt equals one that lived
  /// through the forgets.
  mutating func catchUpDirectory(_ reader: RecordReader, _ lookups: LookupKeys) throws(LetheError) {
    let start = directory.bookmark
    for (subject, entry) in index.subjects {
      let kid = subject.kid(slot: 0)
      guard index.forgets.destroyer(of: kid) == nil else { continue }
      if entry.registered >= start, let detail = try reader.identityDetail(at: entry.registered, self) {
        directory.register(subject, under: detail.texts.map { lookups.subject($0) })
      }
      for (slot, position) in entry.slots.sorted(by: { $0.key < $1.key }) where slot > 0 && position >= start {
        guard let detail = try reader.identityDetail(at: position, self), detail.texts.count == 2,
          let generation = UInt32(detail.texts[1])
        else { continue }
        directory.open(Directory.Slot(slot: slot, category: detail.texts[0], generation: generation), of: subject)
      }
    }
    for (stream, entry) in index.streams where entry.created >= start {
      guard let name = try reader.identityDetail(at: entry.created, self)?.texts.first else { continue }
      directory.name(stream, name, under: lookups.stream(name))
    }
    directory.bookmark = index.count
  }
}
