/// What a body that is given things one by one wants next.
public enum Iteration: Sendable {
  case `continue`
  case stop
}
