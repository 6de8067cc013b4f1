import LetheCrypto
import LetheLog
import LetheSystem
import LetheVault
import Testing

@testable import LetheStore

@Suite struct StoredFormTests {
  private static let stream = StreamID([UInt8](1...16))!

  private static func form(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    write(&writer)
    return writer.bytes
  }

  private static func expectDamage(_ fact: [UInt8]) {
    #expect(throws: LetheError(.damage, "")) { try Fact(decoding: fact) }
  }

  @Test func `a stream's owner is a subject index or all ones`() throws {
    func fact(_ owner: UInt64) -> [UInt8] {
      Self.form { writer in
        writer.put(4 as UInt8)
        writer.put(Self.stream.bytes)
        writer.put(owner)
      }
    }
    #expect(try Fact(decoding: fact(.max)) == .streamCreated(Self.stream, owner: nil))
    let last = (1 << 44) - 1 as UInt64
    #expect(try Fact(decoding: fact(last)).encoded() == fact(last))
    Self.expectDamage(fact(last + 1))
    Self.expectDamage(fact(.max - 1))
  }

  @Test func `a block's number has 34 bits`() throws {
    func fact(_ block: UInt64) -> [UInt8] {
      Self.form { writer in
        writer.put(1 as UInt8)
        writer.put(0 as UInt16)
        writer.put(1 as UInt32)
        writer.put(block)
      }
    }
    #expect(try Fact(decoding: fact(KeyID.blockLimit - 1)).encoded() == fact(KeyID.blockLimit - 1))
    Self.expectDamage(fact(KeyID.blockLimit))
  }

  /// A shard of these subjects and streams, in the order given.
  private static func shard(subjects: [UInt8] = [], streams: [UInt8] = [], version: UInt8 = 2) -> [UInt8] {
    form { writer in
      writer.put(version)
      writer.put(UInt32(subjects.count))
      for value in subjects {
        writer.put([UInt8](repeating: value, count: 32))
        writer.put(5 as UInt64)
      }
      writer.put(UInt32(streams.count))
      for value in streams {
        writer.put([UInt8](repeating: value, count: 32))
        writer.put([UInt8](repeating: value, count: 16))
      }
    }
  }

  @Test func `a directory shard is encoded as it was read`() throws {
    let whole = Self.shard(subjects: [1, 2], streams: [1, 2])
    #expect(try ShardContent(decoding: whole).encoded() == whole)
  }

  @Test(arguments: [
    shard(subjects: [2, 1]), shard(subjects: [1, 1]), shard(streams: [2, 1]), shard(streams: [1, 1]),
    shard(version: 1), shard() + [0],
  ])
  func `a directory shard out of order or of another version is damage`(bytes: [UInt8]) {
    #expect(throws: LetheError(.damage, "")) { try ShardContent(decoding: bytes) }
  }
}
