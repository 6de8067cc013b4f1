/// The cells among which a root is shared, and how many of them make it.
///
/// A cell's number is its place in the list, from 1; it is also the number of its share.
package struct CellSet: Sendable {
  /// k: reading the root takes so many cells.
  package let threshold: Int
  package let cells: [any RootCell]

  package init(_ cells: [any RootCell], threshold: Int = 1) {
    self.cells = cells
    self.threshold = threshold
  }
}
