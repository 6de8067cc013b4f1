import Testing

/// A signature under a key: all fields in hexadecimal.
struct SignatureVector: Sendable, CustomTestStringConvertible {
  let name: String
  let key: String
  let message: String
  let signature: String

  var testDescription: String { name }
}

extension SignatureVector {
  /// Project Wycheproof, ed25519_test.json, by tcId.
  static let valid: [SignatureVector] = [
    SignatureVector(
      name: "Wycheproof 1",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "",
      signature: """
        d4fbdb52bfa726b44d1786a8c0d171c3e62ca83c9e5bbe63de0bb2483f8fd6cc1429ab72cafc41ab56af02ff8fcc43b9\
        9bfe4c7ae940f60f38ebaa9d311c4007
        """),
    SignatureVector(
      name: "Wycheproof 3",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e\
        39d4eef676573336a5c51eb6f946b30d
        """),
    SignatureVector(
      name: "Wycheproof 7",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: """
        616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161\
        6161616161616161616161616161616161
        """,
      signature: """
        879350045543bc14ed2c08939b68c30d22251d83e018cacbaf0c9d7a48db577e80bdf76ce99e5926762bc13b7b348326\
        0a5ef63d07e34b58eb9c14621ac92f00
        """),
    SignatureVector(
      name: "Wycheproof 83, draft-josefsson-eddsa-ed25519-02: Test 1024",
      key: "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
      message: """
        08b8b2b733424243760fe426a4b54908632110a66c2f6591eabd3345e3e4eb98fa6e264bf09efe12ee50f8f54e9f77b1\
        e355f6c50544e23fb1433ddf73be84d879de7c0046dc4996d9e773f4bc9efe5738829adb26c81b37c93a1b270b20329d\
        658675fc6ea534e0810a4432826bf58c941efb65d57a338bbd2e26640f89ffbc1a858efcb8550ee3a5e1998bd177e93a\
        7363c344fe6b199ee5d02e82d522c4feba15452f80288a821a579116ec6dad2b3b310da903401aa62100ab5d1a36553e\
        06203b33890cc9b832f79ef80560ccb9a39ce767967ed628c6ad573cb116dbefefd75499da96bd68a8a97b928a8bbc10\
        3b6621fcde2beca1231d206be6cd9ec7aff6f6c94fcd7204ed3455c68c83f4a41da4af2b74ef5c53f1d8ac70bdcb7ed1\
        85ce81bd84359d44254d95629e9855a94a7c1958d1f8ada5d0532ed8a5aa3fb2d17ba70eb6248e594e1a2297acbbb39d\
        502f1a8c6eb6f1ce22b3de1a1f40cc24554119a831a9aad6079cad88425de6bde1a9187ebb6092cf67bf2b13fd65f270\
        88d78b7e883c8759d2c4f5c65adb7553878ad575f9fad878e80a0c9ba63bcbcc2732e69485bbc9c90bfbd62481d9089b\
        eccf80cfe2df16a2cf65bd92dd597b0707e0917af48bbb75fed413d238f5555a7a569d80c3414a8d0859dc65a46128ba\
        b27af87a71314f318c782b23ebfe808b82b0ce26401d2e22f04d83d1255dc51addd3b75a2b1ae0784504df543af8969b\
        e3ea7082ff7fc9888c144da2af58429ec96031dbcad3dad9af0dcbaaaf268cb8fcffead94f3c7ca495e056a9b47acdb7\
        51fb73e666c6c655ade8297297d07ad1ba5e43f1bca32301651339e22904cc8c42f58c30c04aafdb038dda0847dd988d\
        cda6f3bfd15c4b4c4525004aa06eeff8ca61783aacec57fb3d1f92b0fe2fd1a85f6724517b65e614ad6808d6f6ee34df\
        f7310fdc82aebfd904b01e1dc54b2927094b2db68d6f903b68401adebf5a7e08d78ff4ef5d63653a65040cf9bfd4aca7\
        984a74d37145986780fc0b16ac451649de6188a7dbdf191f64b5fc5e2ab47b57f7f7276cd419c17a3ca8e1b939ae49e4\
        88acba6b965610b5480109c8b17b80e1b7b750dfc7598d5d5011fd2dcc5600a32ef5b52a1ecc820e308aa342721aac09\
        43bf6686b64b2579376504ccc493d97e6aed3fb0f9cd71a43dd497f01f17c0e2cb3797aa2a2f256656168e6c496afc5f\
        b93246f6b1116398a346f1a641f3b041e989f7914f90cc2c7fff357876e506b50d334ba77c225bc307ba537152f3f161\
        0e4eafe595f6d9d90d11faa933a15ef1369546868a7f3a45a96768d40fd9d03412c091c6315cf4fde7cb68606937380d\
        b2eaaa707b4c4185c32eddcdd306705e4dc1ffc872eeee475a64dfac86aba41c0618983f8741c5ef68d3a101e8a3b8ca\
        c60c905c15fc910840b94c00a0b9d0
        """,
      signature: """
        0aab4c900501b3e24d7cdf4663326a3a87df5e4843b2cbdb67cbf6e460fec350aa5371b1508f9f4528ecea23c436d94b\
        5e8fcd4f681e30a6ac00a9704a188a03
        """),
    SignatureVector(
      name: "Wycheproof 84, Signature with S just under the bound",
      key: "100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86",
      message: "124e583f8b8eca58bb29c271b41d36986bbc45541f8e51f9cb0133eca447601e",
      signature: """
        dac119d6ca87fc59ae611c157048f4d4fc932a149dbe20ec6effd1436abf83ea05c7df0fef06147241259113909bc71b\
        d3c53ba4464ffcad3c0968f2ffffff0f
        """),
    SignatureVector(
      name: "Wycheproof 86, Random test failure 1",
      key: "8fd659b77b558ed93882c1157438450ac86ec62d421d568e98ee236f3810295a",
      message: """
        b0729a713593a92e46b56eaa66b9e435f7a09a8e7de03b078f6f282285276635f301e7aaafe42187c45d6f5b13f9f16b\
        11195cc125c05b90d24dfe4c
        """,
      signature: """
        7db17557ac470c0eda4eedaabce99197ab62565653cf911f632ee8be0e5ffcfc88fb94276b42e0798fd3aa2f0318be7f\
        c6a29fae75f70c3dcdc414a0ad866601
        """),
    SignatureVector(
      name: "Wycheproof 114, Test case for overflow in signature generation",
      key: "037b55b427dc8daa0f80fcebaf0846902309f8a6cf18b465c0ce9b6539629ac8",
      message: "01234567",
      signature: """
        c964e100033ce8888b23466677da4f4aea29923f642ae508f9d0888d788150636ab9b2c3765e91bbb05153801114d9e5\
        2dc700df377212222bb766be4b8c020d
        """),
    SignatureVector(
      name: "Wycheproof 119, regression test for arithmetic error",
      key: "4abfb535313705a6570018440cdec1a3ae33e51f352112fa6acbd0c6bc3ea859",
      message: "321b5f663c19e30ee7bbb85e48ecf44db9d3f512",
      signature: """
        f296715e855d8aecccba782b670163dedc4458fe4eb509a856bcac450920fd2e95a3a3eb212d2d9ccaf948c39ae46a25\
        48af125f8e2ad9b77bd18f92d59f9200
        """),
  ]

  /// Forged, cut, lengthened and malleable ones of the same source.
  static let forged: [SignatureVector] = [
    SignatureVector(
      name: "Wycheproof 10, special values for r and s",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "3f",
      signature: """
        000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
        00000000000000000000000000000000
        """),
    SignatureVector(
      name: "Wycheproof 11, special values for r and s",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "3f",
      signature: """
        000000000000000000000000000000000000000000000000000000000000000001000000000000000000000000000000\
        00000000000000000000000000000000
        """),
    SignatureVector(
      name: "Wycheproof 14, special values for r and s",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "3f",
      signature: """
        0000000000000000000000000000000000000000000000000000000000000000edffffffffffffffffffffffffffffff\
        ffffffffffffffffffffffffffffff7f
        """),
    SignatureVector(
      name: "Wycheproof 17, special values for r and s",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "3f",
      signature: """
        0100000000000000000000000000000000000000000000000000000000000000ecd3f55c1a631258d69cf7a2def9de14\
        00000000000000000000000000000010
        """),
    SignatureVector(
      name: "Wycheproof 20, special values for r and s",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "3f",
      signature: """
        edd3f55c1a631258d69cf7a2def9de140000000000000000000000000000001000000000000000000000000000000000\
        00000000000000000000000000000000
        """),
    SignatureVector(
      name: "Wycheproof 25, special values for r and s",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "3f",
      signature: """
        edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f00000000000000000000000000000000\
        00000000000000000000000000000000
        """),
    SignatureVector(
      name: "Wycheproof 30, empty signature",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: ""),
    SignatureVector(
      name: "Wycheproof 31, s missing",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0"),
    SignatureVector(
      name: "Wycheproof 32, signature too short",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e\
        39d4eef676573336a5c51eb6f946
        """),
    SignatureVector(
      name: "Wycheproof 33, signature too long",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e\
        39d4eef676573336a5c51eb6f946b30d2020
        """),
    SignatureVector(
      name: "Wycheproof 34, include pk in signature",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e\
        39d4eef676573336a5c51eb6f946b30d7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa
        """),
    SignatureVector(
      name: "Wycheproof 35, prepending 0 byte to signature",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        007c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae\
        7e39d4eef676573336a5c51eb6f946b30d
        """),
    SignatureVector(
      name: "Wycheproof 36, prepending 0 byte to s",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0007a9155711ecfaf7f99f277bad0c6ae\
        7e39d4eef676573336a5c51eb6f946b30d
        """),
    SignatureVector(
      name: "Wycheproof 37, appending 0 byte to signature",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e\
        39d4eef676573336a5c51eb6f946b30d00
        """),
    SignatureVector(
      name: "Wycheproof 38, removing 0 byte from signature",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "546573743137",
      signature: """
        93de3ca252426c95f735cb9edd92e83321ac62372d5aa5b379786bae111ab6b17251330e8f9a7c30d6993137c596007d\
        7b001409287535ac4804e662bc58a3
        """),
    SignatureVector(
      name: "Wycheproof 41, dropping byte from signature",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374333437",
      signature: """
        b0928b46e99fbbad3f5cb502d2cd309d94a7e86cfd4d84b1fcf4cea18075a9c36993c0582dba1e9e519fae5a8654f454\
        201ae0c3cb397c37b8f4f8eef18400
        """),
    SignatureVector(
      name: "Wycheproof 42, modified bit 0 in R",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "313233343030",
      signature: """
        647c1492402ab5ce03e2c3a7f0384d051b9cf3570f1207fc78c1bcc98c281c2b1d125e5538f38afbcc1c84e489521083\
        041d24bc6240767029da063271a1ff0c
        """),
    SignatureVector(
      name: "Wycheproof 45, modified bit 7 in R",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "313233343030",
      signature: """
        e57c1492402ab5ce03e2c3a7f0384d051b9cf3570f1207fc78c1bcc98c281c2bbb3eb51cd98dddb235a5f46f2bded6af\
        184a58d09cce928bda43f41d69118a03
        """),
    SignatureVector(
      name: "Wycheproof 59, modified bit 255 in R",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "313233343030",
      signature: """
        657c1492402ab5ce03e2c3a7f0384d051b9cf3570f1207fc78c1bcc98c281cab227aedf259f910f0f3a759a335062665\
        217925d019173b88917eae294f75d40f
        """),
    SignatureVector(
      name: "Wycheproof 60, R==0",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "313233343030",
      signature: """
        0000000000000000000000000000000000000000000000000000000000000000e0b8e7770d51c7a36375d006c5bffd6a\
        f43ff54aaf47e4330dc118c71d61ec02
        """),
    SignatureVector(
      name: "Wycheproof 61, invalid R",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "313233343030",
      signature: """
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff463a1908382e7eb7693acef9884f7cf9\
        31a215e0791876be22c631a59881fd0e
        """),
    SignatureVector(
      name: "Wycheproof 62, all bits flipped in R",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "313233343030",
      signature: """
        9a83eb6dbfd54a31fc1d3c580fc7b2fae4630ca8f0edf803873e433673d7e3d40e94254586cb6188c5386c3febed477c\
        b9a6cb29e3979adc4cb27cf5278fb70a
        """),
    SignatureVector(
      name: "Wycheproof 63, the encoded s was replaced by s + L",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab067654bce3832c2d76f8f6f5dafc08d93\
        39d4eef676573336a5c51eb6f946b31d
        """),
    SignatureVector(
      name: "Wycheproof 64, the encoded s was replaced by s + 2L",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab05439412b5395d42f462c67008eba6ca8\
        39d4eef676573336a5c51eb6f946b32d
        """),
    SignatureVector(
      name: "Wycheproof 65, the encoded s was replaced by s + 4L",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab02ee12ce5875bf9dff26556464bae2ad2\
        39d4eef676573336a5c51eb6f946b34d
        """),
    SignatureVector(
      name: "Wycheproof 66, the encoded s was replaced by s + 8L",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0e2300459f1e742404cd934d2c595a625\
        3ad4eef676573336a5c51eb6f946b38d
        """),
    SignatureVector(
      name: "Wycheproof 67, the encoded s was replaced by s + 2^253",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e\
        39d4eef676573336a5c51eb6f946b32d
        """),
    SignatureVector(
      name: "Wycheproof 68, the encoded s was replaced by s + 2^254",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e\
        39d4eef676573336a5c51eb6f946b34d
        """),
    SignatureVector(
      name: "Wycheproof 69, the encoded s was replaced by s + 2^255",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e\
        39d4eef676573336a5c51eb6f946b38d
        """),
    SignatureVector(
      name: "Wycheproof 70, the encoded s was replaced by s + p where p is the field prime 2^255 - 19",
      key: "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
      message: "54657374",
      signature: """
        7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0679155711ecfaf7f99f277bad0c6ae7e\
        39d4eef676573336a5c51eb6f946b38d
        """),
    SignatureVector(
      name: "Wycheproof 85, Signature with S just above the bound",
      key: "100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86",
      message: "6a0bc2b0057cedfc0fa2e3f7f7d39279b30f454a69dfd1117c758d86b19d85e0",
      signature: """
        0971f86d2c9c78582524a103cb9cf949522ae528f8054dc20107d999be673ff4e25ebf2f2928766b1248bec6e9169777\
        5f8446639ede46ad4df4053000000010
        """),
    SignatureVector(
      name: "Wycheproof 151, R encodes y = 1 with the sign bit of x set",
      key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      message: "313233343030",
      signature: """
        0100000000000000000000000000000000000000000000000000000000000080c803ee1f2342aa96ff698a393d1ab5e6\
        6f3eda101d6d120b394c3fd32c117d0a
        """),
  ]
}
