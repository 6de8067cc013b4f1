/// Which modules the files of each target may import; a target that is not here fails the test.
enum Layers {
  /// Toolchain modules that every target may import. Foundation is none of them.
  static let everywhere: Set<String> = ["Synchronization"]

  static let allowed: [String: Set<String>] = [
    // Wrappers.
    "LetheSystem": ["CLinux", "Glibc"],
    "LetheCrypto": ["COpenSSL", "Glibc", "LetheSystem"],
    "LetheSQLite": ["CSQLite", "Glibc", "LetheSystem"],
    // Siblings.
    "LetheLog": ["LetheCrypto", "LetheSystem"],
    "LetheVault": ["LetheCrypto", "LetheSQLite", "LetheSystem"],
    "LethePolicies": ["LetheSystem"],
    // Where they meet, and what stands on it.
    "LetheStore": ["LetheCrypto", "LetheLog", "LethePolicies", "LetheSQLite", "LetheSystem", "LetheVault"],
    "LetheCompliance": ["LethePolicies", "LetheStore", "LetheSystem", "LetheVault"],
    "LetheProjections": [
      "LetheCompliance", "LetheLog", "LethePolicies", "LetheSQLite", "LetheStore", "LetheSystem", "LetheVault",
    ],
    "LetheAudit": [
      "LetheCompliance", "LetheCrypto", "LetheLog", "LetheProjections", "LetheSQLite", "LetheStore", "LetheSystem",
      "LetheVault",
    ],
    "LetheKit": [
      "LetheAudit", "LetheCompliance", "LethePolicies", "LetheProjections", "LetheStore", "LetheSystem",
    ],
    "lethe": [
      "CIdeal", "LetheAudit", "LetheCompliance", "LetheCrypto", "LetheKit", "LetheLog", "LethePolicies",
      "LetheProjections", "LetheStore", "LetheSystem", "LetheVault",
    ],
  ]

  /// Module maps and shims, and the ideal log of the measurements: no Swift in them.
  static let systemLibraries: Set<String> = ["CIdeal", "CLinux", "COpenSSL", "CSQLite"]

  /// Imported as `internal` by one target alone, so that no C type is in a signature.
  static let owners = [
    "CIdeal": "lethe", "CLinux": "LetheSystem", "COpenSSL": "LetheCrypto", "CSQLite": "LetheSQLite",
  ]
}
