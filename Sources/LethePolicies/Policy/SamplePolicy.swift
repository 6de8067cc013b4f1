extension Policies {
  /// The policy file that a new home begins with; Policies/sample.json of the repository is the same.
  public static let sample = Array(
    #"""
    {
      "policy": "lethe/1",
      "rememberForgotten": true,
      "fourEyes": false,
      "shared": ["ward"],
      "types": {
        "WardOpened": {
          "subject": "none"
        },
        "AdverseReactionReported": {
          "retained": ["/type", "/data/medicine", "/data/grade"],
          "replacements": {
            "/data/note": "(forgotten)"
          }
        }
      }
    }

    """#.utf8)
}
