/// What was kept lately under keys, at most so much: what was kept longest ago goes first. What was taken out and is kept
/// again may go at the turn of its first time.
struct BoundedCache<Key: Hashable, Value> {
  private let capacity: Int
  private var values: [Key: Value] = [:]
  /// Keys in the order in which they came, from `oldest` around; those of values that were taken out stay until their turn.
  private var keys: [Key] = []
  private var oldest = 0

  init(capacity: Int) {
    precondition(capacity > 0, "something can be kept")
    self.capacity = capacity
  }

  var count: Int { values.count }

  subscript(key: Key) -> Value? { values[key] }

  /// Keeps a value, in place of one that has the key.
  mutating func keep(_ value: Value, as key: Key) {
    guard values.updateValue(value, forKey: key) == nil else { return }
    guard keys.count == capacity else { return keys.append(key) }
    // The place may be of the same key, whose earlier value was taken out.
    if keys[oldest] != key { values[keys[oldest]] = nil }
    keys[oldest] = key
    oldest = (oldest + 1) % capacity
  }

  mutating func remove(_ key: Key) { values[key] = nil }

  mutating func removeAll(where isGone: (Key) -> Bool) {
    // In place, since few of many go.
    for key in values.keys.filter(isGone) { values[key] = nil }
  }
}
