internal import LetheCrypto
internal import LetheSystem

/// How the space of look-up values is cut into shards, and how that changes; pure.
///
/// A shard's number is the first four bytes of the lowest value that it may hold; the first shard is 0, and each reaches
/// up to the next. So the root page, which lists the numbers, says which shard a value belongs to.
///
/// A shard holds at least 256 living subjects unless it is the only one: whoever sees which shards a forget touched
/// learns no more than that the person was one of as many. One that grows too large is cut in two, one that shrinks too
/// far is united with its neighbour.
enum ShardLayout {
  /// Living subjects in a shard, unless it is the only one.
  static let fewestSubjects = 256
  /// Values in a shard above which it is cut, if both halves keep enough subjects.
  static let mostValues = 2048

  /// The shard of a value, among ascending numbers of which the first is 0.
  static func shard(of value: Digest, among numbers: [UInt32]) -> UInt32 {
    let key = value.shardKey
    return numbers[max(numbers.firstPlace(notBefore: { $0 <= key }), 1) - 1]
  }

  /// What becomes of the shards.
  struct Change: Equatable {
    /// The new content of every shard that is not as it was.
    var contents: [UInt32: ShardContent] = [:]
    /// Numbers that are no more.
    var dropped: Set<UInt32> = []
    /// Those of `contents` that take part in a cut or a union: where a shard begins or ends is another.
    var reshaped: Set<UInt32> = []

    /// The part that takes a vault commit.
    var ofReshaped: Change {
      Change(contents: contents.filter { reshaped.contains($0.key) }, dropped: dropped, reshaped: reshaped)
    }
  }

  /// Whether shards may be cut and united, which takes a vault commit.
  enum Shaping { case free, kept }

  /// What becomes of the shards.
  ///
  /// - Parameters:
  ///   - numbers: all shards.
  ///   - touched: those that have new content.
  ///   - removed: values that are taken out of theirs.
  ///   - load: gives the content of a shard as it shall be but for what is removed.
  static func change(
    _ numbers: [UInt32], of touched: [UInt32], removing removed: Set<Digest>, _ shaping: Shaping,
    load: (UInt32) throws(LetheError) -> ShardContent
  ) throws(LetheError) -> Change {
    var draft = Draft(numbers: numbers)
    for number in Set(touched).union(removed.map { shard(of: $0, among: numbers) }).sorted() {
      draft.change.contents[number] = try load(number).removing(removed)
    }
    guard shaping == .free else { return draft.change }
    for number in draft.change.contents.keys.sorted() {
      let united = try draft.unite(number, load)
      draft.cut(united)
    }
    return draft.change
  }

  private struct Draft {
    var numbers: [UInt32]
    var change = Change()

    func content(
      _ number: UInt32, _ load: (UInt32) throws(LetheError) -> ShardContent
    ) throws(LetheError) -> ShardContent {
      if let content = change.contents[number] { return content }
      return try load(number)
    }

    /// Unites a shard that holds too few with its neighbours; returns the number under which it is now.
    mutating func unite(
      _ number: UInt32, _ load: (UInt32) throws(LetheError) -> ShardContent
    ) throws(LetheError) -> UInt32 {
      guard var place = numbers.firstIndex(of: number), var content = change.contents[number] else { return number }
      while content.subjects.count < fewestSubjects, numbers.count > 1 {
        let upper = place + 1 < numbers.count ? place + 1 : place
        let (low, high) = (numbers[upper - 1], numbers[upper])
        content = try self.content(low, load).joined(with: self.content(high, load))
        change.contents[low] = content
        change.contents[high] = nil
        change.dropped.insert(high)
        change.reshaped.remove(high)
        change.reshaped.insert(low)
        numbers.remove(at: upper)
        place = upper - 1
      }
      return numbers[place]
    }

    /// Cuts a shard in two as long as it holds too many.
    mutating func cut(_ number: UInt32) {
      guard let content = change.contents[number], content.count > mostValues else { return }
      let middle = content.subjects.count / 2
      guard middle >= fewestSubjects else { return }
      let border = content.subjects[middle].value.shardKey
      let (lower, upper) = content.divided(at: border)
      guard border > number, lower.subjects.count >= fewestSubjects, upper.subjects.count >= fewestSubjects,
        let place = numbers.firstIndex(of: number)
      else { return }
      numbers.insert(border, at: place + 1)
      change.contents[number] = lower
      change.contents[border] = upper
      change.dropped.remove(border)
      change.reshaped.formUnion([number, border])
      cut(number)
      cut(border)
    }
  }
}
