internal import LetheSystem
internal import LetheVault

extension Vault {
  /// What all the nodes together have: something living, nothing, or a page that cannot tell.
  func coverage(ofAll nodes: [KeyNode]) -> NodeCoverage {
    var sum = NodeCoverage.gone
    for node in nodes {
      switch coverage(of: node) {
      case .living: return .living
      case .pageMissing: sum = .pageMissing
      case .gone: break
      }
    }
    return sum
  }
}
