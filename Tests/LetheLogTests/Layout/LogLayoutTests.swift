import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

@Suite struct LogLayoutTests {
  @Test func `segments and indexes are called by their first position`() {
    #expect(LogLayout.segment(0) == "00000000000000000000.segment")
    #expect(LogLayout.segment(.max) == "18446744073709551615.segment")
    #expect(LogLayout.index(1234) == "00000000000000001234.index")
    for first in [0, 1, 1234, .max] as [UInt64] {
      #expect(LogLayout.firstPosition(ofSegment: LogLayout.segment(first)) == first)
      #expect(LogLayout.segment(ofIndex: LogLayout.index(first)) == LogLayout.segment(first))
    }
    let others = [
      "0.segment", "spare.segment", "00000000000000000000.index", "99999999999999999999.segment", ".segment", "",
      "+0000000000000000001.segment", "00000000000000000000.segment.new",
    ]
    for other in others { #expect(LogLayout.firstPosition(ofSegment: other) == nil) }
  }

  /// The examples of C2SP tlog-tiles: groups of three digits, all but the last with an x before; .p/W if not full.
  @Test func `tiles and bundles have the paths of C2SP tlog-tiles`() {
    #expect(LogLayout.tile(level: 0, 0) == "tile/0/000")
    #expect(LogLayout.tile(level: 0, 999) == "tile/0/999")
    #expect(LogLayout.tile(level: 1, 1000) == "tile/1/x001/000")
    #expect(LogLayout.tile(level: 0, 1_234_067) == "tile/0/x001/x234/067")
    #expect(LogLayout.tile(level: 3, 0, width: 5) == "tile/3/000.p/5")
    #expect(LogLayout.tile(level: 0, 1_234_067, width: 255) == "tile/0/x001/x234/067.p/255")
    #expect(LogLayout.entries(1_234_067) == "tile/entries/x001/x234/067")
    #expect(LogLayout.entries(273, width: 112) == "tile/entries/273.p/112")
    #expect(LogLayout.entries(0, width: 256) == "tile/entries/000")
  }
}
