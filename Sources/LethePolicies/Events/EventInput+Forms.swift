internal import LetheSystem

/// The two forms of an input.
extension EventInput {
  // MARK: NDJSON

  mutating func nextLine() throws(LetheError) -> Item? {
    while start < buffer.count {
      let end = endOfLine()
      if isDiscarding {
        passLine(to: end.map { $0 + 1 })
        continue
      }
      if end == nil && !isFinished {
        // One byte more than the limit may be the CR of a CR LF.
        guard heldByteCount <= byteLimit + 1 else {
          resumption = .lineToCome
          throw tooLong()
        }
        return nil
      }
      let next = end.map { $0 + 1 } ?? buffer.count
      resumption = .line(next)
      var content = buffer[start..<(end ?? buffer.count)]
      if content.last == UInt8(ascii: "\r") { content.removeLast() }
      guard content.count <= byteLimit else { throw tooLong() }
      let isBlank = content.allSatisfy(\.isJSONSpace)
      // The first line and the bytes behind it tell the format, so wait for enough of both, whatever the chunk sizes.
      if number == 0, !isBlank, !isFinished, buffer.count - next < InputKind.headByteCount, !Self.isWhole(content) {
        return nil
      }
      let item = isBlank ? nil : try item(Array(content), followedBy: buffer[next...])
      passLine(to: next)
      if let item { return item }
    }
    return nil
  }

  /// Whether a line has an object with all its braces.
  private static func isWhole(_ line: ArraySlice<UInt8>) -> Bool {
    guard let first = line.firstIndex(where: { !$0.isJSONSpace }), line[first] == UInt8(ascii: "{") else {
      return false
    }
    var nesting = JSONNesting()
    _ = end(of: &nesting, in: Array(line[first...]), from: 0)
    return nesting.isClosed
  }

  /// Goes on with the next line, at a byte of the buffer; nil if the line's end is still to come.
  mutating func passLine(to next: Int?) {
    start = next ?? buffer.count
    scanned = start
    isDiscarding = next == nil
    if next != nil { line += 1 }
  }

  private mutating func endOfLine() -> Int? {
    var at = scanned
    while at < buffer.count, buffer[at] != UInt8(ascii: "\n") { at += 1 }
    scanned = at
    return at < buffer.count ? at : nil
  }

  // MARK: A JSON array

  mutating func nextElement(_ state: ArrayState) throws(LetheError) -> Item? {
    var state = state
    while true {
      if case .array(let current) = form { state = current }
      if scanned == start { skipSpace() }
      guard start < buffer.count else {
        guard isFinished, state != .ended else { return nil }
        throw fail("The array of events ends too early; give the whole array")
      }
      let byte = buffer[start]
      switch (state, byte) {
      case (.ended, _):
        throw fail("Something follows the array of events; remove it")
      case (.commaOrEnd, UInt8(ascii: ",")):
        take(1)
        form = .array(.element)
      case (.commaOrEnd, UInt8(ascii: "]")), (.elementOrEnd, UInt8(ascii: "]")):
        take(1)
        form = .array(.ended)
      case (.commaOrEnd, _):
        throw fail("A comma or ] is expected after an event; correct the array")
      case (.element, UInt8(ascii: "{")), (.elementOrEnd, UInt8(ascii: "{")):
        var nesting = self.nesting
        scanned = Self.end(of: &nesting, in: buffer, from: scanned)
        self.nesting = nesting
        guard scanned - start <= byteLimit else { throw tooLong() }
        guard nesting.isClosed else {
          guard isFinished else { return nil }
          throw fail("The array of events ends too early; give the whole array")
        }
        resumption = .element(scanned)
        let item = try item(Array(buffer[start..<scanned]), followedBy: [])
        passElement(to: scanned)
        return item
      case (.element, _), (.elementOrEnd, _):
        throw fail("An element of the array is no JSON object; write one event for each")
      }
    }
  }

  mutating func passElement(to next: Int) {
    take(next - start)
    nesting = JSONNesting()
    form = .array(.commaOrEnd)
  }

  private static func end(of nesting: inout JSONNesting, in bytes: [UInt8], from index: Int) -> Int {
    nesting.advance(over: bytes.span, from: index)
  }

  private mutating func skipSpace() {
    var count = 0
    while start + count < buffer.count, buffer[start + count].isJSONSpace { count += 1 }
    take(count)
  }

  private mutating func take(_ count: Int) {
    for at in start..<start + count {
      if buffer[at] == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if buffer[at] & 0xC0 != 0x80 {
        column += 1
      }
    }
    start += count
    scanned = start
  }
}
