internal import Glibc

/// The command line as the kernel gave it to the C library.
///
/// `CommandLine` of Swift reads `/proc/self/cmdline` instead, which is not there in every container, and puts U+FFFD in the
/// place of bytes that are no UTF-8.
package enum ProcessArguments {
  /// The arguments' bytes without their final NULs, the program's own name first.
  package static var bytes: [[UInt8]] {
    guard let vector = kept.vector else { return CommandLine.arguments.map { Array($0.utf8) } }
    return (0..<Int(kept.count)).compactMap { number in
      vector[number].map { Array(UnsafeBufferPointer(start: $0, count: strlen($0))).map(UInt8.init(bitPattern:)) }
    }
  }

  fileprivate typealias Vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

  // Written once, before main and before any other thread is there.
  nonisolated(unsafe) fileprivate static var kept: (count: Int32, vector: Vector?) = (0, nil)
}

/// glibc calls what stands in this section before main, with main's own arguments; `bytes` finds no vector where a C
/// library passes none.
@section(".init_array") @used
private let keepArguments:
  @Sendable @convention(c) (Int32, ProcessArguments.Vector?, ProcessArguments.Vector?) -> Void = { count, vector, _ in
    ProcessArguments.kept = (count, vector)
  }
