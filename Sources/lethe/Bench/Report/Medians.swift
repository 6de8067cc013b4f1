extension [Double] {
  /// The one in the middle, by size; of an even number the higher one of both.
  var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}

extension Duration {
  /// As latencies are told.
  var inMilliseconds: Double { inSeconds * 1000 }
}
