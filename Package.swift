// swift-tools-version: 6.2
import PackageDescription

/// Every target is held to the same rules; a warning is an error.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Above the wrappers no code touches raw memory, and the compiler holds us to it.
let safe: [SwiftSetting] = strict + [.strictMemorySafety()]

let package = Package(
  name: "lethe",
  products: [
    .library(name: "LetheKit", targets: ["LetheKit"]),
    .executable(name: "lethe", targets: ["lethe"]),
  ],
  traits: [
    .trait(name: "Fuzzing", description: "Builds the fuzz targets, together with --sanitize=fuzzer.")
  ],
  dependencies: [],
  targets: [
    // C libraries: module map and shim, no Swift.
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

    // What `lethe bench` measures against: no part of the store.
    .target(name: "CIdeal", dependencies: ["COpenSSL"], cSettings: [.treatAllWarnings(as: .error)]),

    // Wrappers: the only targets that touch raw memory.
    .target(name: "LetheSystem", dependencies: ["CLinux"], swiftSettings: strict),
    .target(name: "LetheCrypto", dependencies: ["COpenSSL", "LetheSystem"], swiftSettings: strict),
    .target(name: "LetheSQLite", dependencies: ["CSQLite", "LetheSystem"], swiftSettings: strict),

    // Three siblings that never import each other.
    .target(name: "LetheLog", dependencies: ["LetheCrypto", "LetheSystem"], swiftSettings: safe),
    .target(
      name: "LetheVault", dependencies: ["LetheCrypto", "LetheSQLite", "LetheSystem"],
      swiftSettings: safe),
    .target(name: "LethePolicies", dependencies: ["LetheSystem"], swiftSettings: safe),

    // Where they meet, and what stands on it.
    .target(
      name: "LetheStore",
      dependencies: [
        "LetheCrypto", "LetheLog", "LethePolicies", "LetheSQLite", "LetheSystem", "LetheVault",
      ],
      swiftSettings: safe),
    .target(
      name: "LetheCompliance",
      dependencies: ["LethePolicies", "LetheStore", "LetheSystem", "LetheVault"],
      swiftSettings: safe),
    .target(
      name: "LetheProjections",
      dependencies: [
        "LetheCompliance", "LetheLog", "LethePolicies", "LetheSQLite", "LetheStore", "LetheSystem", "LetheVault",
      ],
      swiftSettings: safe),
    .target(
      name: "LetheAudit",
      dependencies: [
        "LetheCompliance", "LetheCrypto", "LetheLog", "LetheProjections", "LetheSQLite", "LetheStore", "LetheSystem",
        "LetheVault",
      ],
      swiftSettings: safe),
    .target(
      name: "LetheKit",
      dependencies: [
        "LetheAudit", "LetheCompliance", "LethePolicies", "LetheProjections", "LetheStore",
        "LetheSystem",
      ],
      swiftSettings: safe),
    .executableTarget(
      name: "lethe",
      dependencies: [
        "CIdeal", "LetheAudit", "LetheCompliance", "LetheCrypto", "LetheKit", "LetheLog", "LethePolicies",
        "LetheProjections", "LetheStore", "LetheSystem", "LetheVault",
      ],
      swiftSettings: safe),

    // Fixtures that tests of several targets share, and the tests.
    .target(
      name: "LetheTesting", dependencies: ["LetheSystem"], path: "Tests/LetheTesting",
      swiftSettings: strict),
    .testTarget(
      name: "LetheSystemTests", dependencies: ["LetheSystem", "LetheTesting"], swiftSettings: strict),
    .testTarget(
      name: "LetheCryptoTests", dependencies: ["COpenSSL", "LetheCrypto", "LetheSystem", "LetheTesting"],
      swiftSettings: strict),
    .testTarget(
      name: "LetheLogTests", dependencies: ["LetheCrypto", "LetheLog", "LetheSystem", "LetheTesting"],
      swiftSettings: strict),
    .testTarget(
      name: "LetheSQLiteTests", dependencies: ["LetheSQLite", "LetheSystem", "LetheTesting"],
      swiftSettings: strict),
    .testTarget(
      name: "LethePoliciesTests", dependencies: ["LethePolicies", "LetheSystem"], swiftSettings: strict),
    .testTarget(
      name: "LetheVaultTests",
      dependencies: ["LetheCrypto", "LetheSQLite", "LetheSystem", "LetheTesting", "LetheVault"],
      swiftSettings: strict),
    .testTarget(
      name: "LetheStoreTests",
      dependencies: [
        "LetheAudit", "LetheCrypto", "LetheLog", "LethePolicies", "LetheProjections", "LetheStore", "LetheSystem",
        "LetheTesting", "LetheVault",
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "LetheComplianceTests",
      dependencies: [
        "LetheCompliance", "LethePolicies", "LetheStore", "LetheSystem", "LetheTesting", "LetheVault",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LetheProjectionsTests",
      dependencies: [
        "LetheCompliance", "LetheLog", "LethePolicies", "LetheProjections", "LetheSQLite", "LetheStore", "LetheSystem",
        "LetheTesting", "LetheVault",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LetheCLITests",
      dependencies: [
        "LetheCrypto", "LetheLog", "LethePolicies", "LetheSQLite", "LetheStore", "LetheSystem", "LetheTesting",
        "LetheVault", "lethe",
      ],
      exclude: ["BadInput/Tables", "Golden", "Scenarios"], swiftSettings: strict),
    .testTarget(
      name: "LetheAuditTests",
      dependencies: [
        "LetheAudit", "LetheCrypto", "LetheLog", "LethePolicies", "LetheProjections", "LetheSQLite", "LetheStore",
        "LetheSystem", "LetheTesting", "LetheVault",
      ],
      swiftSettings: strict),

    // Appends with many tasks until it is killed.
    .executableTarget(
      name: "LetheAppender", dependencies: ["LetheLog", "LethePolicies", "LetheStore"], path: "Tests/Appender",
      swiftSettings: strict),

    // Decoders under libFuzzer; empty without the trait.
    .executableTarget(
      name: "LetheFuzzing",
      dependencies: [
        "LetheCrypto", "LetheLog", "LethePolicies", "LetheStore", "LetheSystem", "LetheTesting", "LetheVault",
      ],
      path: "Tests/Fuzzing", swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
