import Testing

/// A known answer of AES-256-GCM with 12-byte nonces: all fields in hexadecimal.
struct GCMVector: Sendable, CustomTestStringConvertible {
  let name: String
  let key: String
  let nonce: String
  let data: String
  let plaintext: String
  /// Ciphertext and tag.
  let sealed: String

  var testDescription: String { name }
}

extension GCMVector {
  /// Test cases 13-16 of McGrew and Viega, "The Galois/Counter Mode of Operation" (SP 800-38D's submission), and
  /// cases of Project Wycheproof, aes_gcm_test.json, by their tcId.
  static let valid: [GCMVector] = [
    GCMVector(
      name: "McGrew-Viega 13", key: "0000000000000000000000000000000000000000000000000000000000000000",
      nonce: "000000000000000000000000",
      data: "",
      plaintext: "",
      sealed: "530f8afbc74536b9a963b4f1c4cb738b"),
    GCMVector(
      name: "McGrew-Viega 14", key: "0000000000000000000000000000000000000000000000000000000000000000",
      nonce: "000000000000000000000000",
      data: "",
      plaintext: "00000000000000000000000000000000",
      sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
    GCMVector(
      name: "McGrew-Viega 15", key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      nonce: "cafebabefacedbaddecaf888",
      data: "",
      plaintext: """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525\
        b16aedf5aa0de657ba637b391aafd255
        """,
      sealed: """
        522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838\
        c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c
        """),
    GCMVector(
      name: "McGrew-Viega 16", key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      nonce: "cafebabefacedbaddecaf888",
      data: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      plaintext: """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525\
        b16aedf5aa0de657ba637b39
        """,
      sealed: """
        522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838\
        c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b
        """),
    GCMVector(
      name: "Wycheproof 91", key: "92ace3e348cd821092cd921aa3546374299ab46209691bc28b8752d17f123c20",
      nonce: "00112233445566778899aabb",
      data: "00000000ffffffff",
      plaintext: "00010203040506070809",
      sealed: "e27abdd2d2a53d2f136b9a4a2579529301bcfb71c78d4060f52c"),
    GCMVector(
      name: "Wycheproof 92", key: "29d3a44f8723dc640239100c365423a312934ac80239212ac3df3421a2098123",
      nonce: "00112233445566778899aabb",
      data: "aabbccddeeff",
      plaintext: "",
      sealed: "2a7d77fa526b8250cb296078926b5020"),
    GCMVector(
      name: "Wycheproof 93", key: "80ba3192c803ce965ea371d5ff073cf0f43b6a2ab576b208426e11409c09b9b0",
      nonce: "4da5bf8dfd5852c1ea12379d",
      data: "",
      plaintext: "",
      sealed: "4771a7c404a472966cea8f73c8bfe17a"),
    GCMVector(
      name: "Wycheproof 94", key: "cc56b680552eb75008f5484b4cb803fa5063ebd6eab91f6ab6aef4916a766273",
      nonce: "99e23ec48985bccdeeab60f1",
      data: "",
      plaintext: "2a",
      sealed: "06633c1e9703ef744ffffb40edf9d14355"),
    GCMVector(
      name: "Wycheproof 97", key: "59d4eafb4de0cfc7d3db99a8f54b15d7b39f0acc8da69763b019c1699f87674a",
      nonce: "2fcb1b38a99e71b84740ad9b",
      data: "",
      plaintext: "549b365af913f3b081131ccb6b825588",
      sealed: "f58c16690122d75356907fd96b570fca28752c20153092818faba2a334640d6e"),
    GCMVector(
      name: "Wycheproof 98", key: "3b2458d8176e1621c0cc24c0c0e24c1e80d72f7ee9149a4b166176629616d011",
      nonce: "45aaa3e5d16d2d42dc03445d",
      data: "",
      plaintext: "3ff1514b1c503915918f0c0c31094a6e1f",
      sealed: "73a6b6f45f6ccc5131e07f2caa1f2e2f562d7379ec1db5952d4e95d30c340b1b1d"),
    GCMVector(
      name: "Wycheproof 106", key: "81b6b27e5ed90ab99fe6756d4cb41e3f07269687f5afabdb426e29096b5e4466",
      nonce: "13e727486031cca21f733375",
      data: "",
      plaintext: """
        9a95a23cfb1e35d89a7597570df0fb0efcbb7429f53bebcbbfa49fa247b251a8508ad497066855d08688576188e4ffb1\
        2d1d084dcabec3d57806daf215dcc97edd
        """,
      sealed: """
        7ede7368bca3c93d9f1d7f7750d6e44b1cb92c30e3c9834b0b69efd2470911644ae6f6d75715e13aea8781f8da611a13\
        ac6364c406c1a715b7e97acb22b6e6156e74e20a93802f43407c8989a37f013802
        """),
    GCMVector(
      name: "Wycheproof 115", key: "afd579aa1accc682aca54e142aa69df09802f020b24a42c41db58f6997edc678",
      nonce: "9f79d1da957491069d774496",
      data: "",
      plaintext: """
        bafc6e865c48bd34b7f9329e35cfb286cd4dc31f8316171218bf0471dffd35a330a181697ca5178688dd87efe527924f\
        90d1c78ba40de70952ff44c26efe2159e59358f3931573df9373a73b91ba9592e12140cc009feedd2595e5b6f066b5ef\
        6de99d4c31552cecb0614f1dce990e46e7694382f3cf3ccfcd1ea62e563e5f0dc36cb5a84e0c0b3f1f8f3fa9100f4871\
        95ff2e3169ad08136aa8ad566548c9836aa00dbac74716c26e838c1486a0084d3dfd692585e2e5ae7c75caf0e7af6021\
        9f96116ae963b4a5899cb30a120daaca7833776692c25ad7c185e6a2d70ce03ff156cd25d76153539d6855773e21142f\
        9ba0313562875f105a2b770a15b533fbf5110dafb69329982ab44ed1b9f321d7b79ae15a19d9f3bd4c504c24b23b812d\
        514c19ae2a347cc18c12ce915a0bad7cc89a8720d4ba5ee0964fe05e4cc59a13f92c670b8655071e216f19ad05f4bbcc\
        a6dc7feeb188d6269c58065c98fcbbac183a9abb3811d80cb476544bd74b26991f3df987f0ed0ea6238659ac09a2250f\
        ecc0723ffc51647b74bdf454f26e11112c8bbd797f09a3be8251c6b5b319ed9537278cc1abedb32aa10840984b96e863\
        6b289335846ae4fbd4a00f6600d98ebe25885c68d7043ce0dc5229d7e9bd51bea9b8fe0552f40688429c482629ced623\
        f6074858147e73da3ff4ad2ae45c1a1c8a6c5b3b2c3d568a756608179f63b580fd
        """,
      sealed: """
        cd48a6952868f7f7c8941652f6418b374db9afd4be179a948d336ba0d80438af895a21f268364fb1c5c6472f67bd4cb7\
        e464068fe44377fb7cf4985b8428a068f5a1809498228fa8d8053650687afb9ebf3b19b43c38e56845e9350198ae0511\
        efba7ea8bf8159a08f72e4227ec50da5b29dbb18fbf13cd22e13978efb04b02ba1a4b2b1ae171b612929d6772d958af3\
        8d3dfb2c11684a907d90b786b46ae494ed1c9da486cc7b54bd9cf2d34be34dd13013bd72e06fdad17ef143d5b857804d\
        e4a56409a35a4128fd752440fec02b9304cecce1bc6760d6fb0397bd1609ff303c9a0ea3bc5cc11482f083b6471f2e01\
        d3d99ee23c35c37a62135d9cec9c69e053528448d813afda07fbd406ec74e0df2d1822bbf625392a2d91cc39d85c6de8\
        ba43e5b7cf0ec2e4a0e18837f04b284d6ce6277bb91da9c0c3385bf0570181deeed3ce234e868b2c407a2a7d8d516b83\
        cd86b844c23aaf3bece94a1f843007ccd8bc2859e0d64ba1614c2721bbb66a3a40e3f555a2b37e07fb15b116f69156a4\
        260f1eb19d8140bc2ad3f9fd666ae35814e2fd1cfe178951f5e10cb85495e465773b4248bef9e7781e4a3fb6caf2f441\
        80de42f4bff3772f3e87d8129db770c5e8a953e5a342c885ea1cd45a978792128ce420e63245ff0a1bb0730a7a506771\
        e2a93874e3f1ee9ba9fc0af96a0d34d222d29aebd791416f399052adb295c3c43c32b276fd0c1da7a823a5af074aecac\
        b5
        """),
    GCMVector(
      name: "Wycheproof 117", key: "2ce6b4c15f85fb2da5cc6c269491eef281980309181249ebf2832bd6d0732d0b",
      nonce: "c064fae9173b173fd6f11f34",
      data: """
        498d3075b09fed998280583d61bb36b6ce41f130063b80824d1586e143d349b126b16aa10fe57343ed223d6364ee6022\
        57fe313a7fc9bf9088f027795b8dc1d3
        """,
      plaintext: "f8a27a4baf00dc0555d222f2fa4fb42dc666ea3c",
      sealed: "aed58d8a252f740dba4bf6d36773bd5b41234bba01f93d7456aa184ebb49bea472b6d65d"),
    GCMVector(
      name: "Wycheproof 127", key: "b15ab816ba505ec42b528066d9119b4b2ee38159ce54a26bc5d661127e05222c",
      nonce: "75e3c608a39367dc4aa748d0",
      data: """
        005931a2d5c5bcedc716c3f246e21b3a46d2a6b1ce73644653e0cf277efa492f12fb2b83f70bae8737d53cd76254dabc\
        a8422d4ff9396c265d57e4fd3d0cd1c38198e229637c7fbfff468fcdb04ca12101865c08bbf55689e1299c5e7a430296\
        c47a874d9956557b2cb32fd3f8073f85fefb6d2005c5d3329e40dcb957f5b01d7f1582ea359b947d5669da8003c009f8\
        ecbfbf094fb8155cf89251ee4a91a43a96e3f6d302e15753dd48dd5e3b87e093021059ec323d38d3ee72290521eefd54\
        cf708aa9e81869b756c3fc3c9a60e12226ac643bf7a91951e5509159b1e298bbfe88fd8ee659cac98c904f68c9284038\
        94fc89df100d6f30fd1ce20666815929b6eee39ece510eb53567e35cbe49dcec0f1b80fee861ed0af1cc759d477f306a\
        5e1273e64c7e33554d11d79632006b420e7c71d36fece18d75a8b5773171ed071c26664fc0113277e3356ab30db05ac6\
        2ea5b975e36413572dd39e5c22d5c42bc82ab0ab85b54fbfaa527d1344dc3dfb18b941b05bcc5b47d25e18ef936f3918\
        ed87cbf5dfa67989a038e2f747345c4b8d27b101c944f0f1d6fe21cd1a653c17530f9a893d7fd48afafcf12bf005fe04\
        4a000e8deaf09bed39ba62784bd5b88ace564806a9b5e0bf40f9f655fdd5bdc4bf568c5abb4b84ec61a85f0038b4f4cc\
        3e75c3b3f99e62b99292d510f690c07c18af41b765fe5a1ee9484cf04c69f3f49c
        """,
      plaintext: "8b2a6a9604b25d1670b7d869c649a05399b8ada5",
      sealed: "371fa70af8a198cb43ddd545e74b806246f7e932014a0179b81691d09011dcea5739551d"),
    GCMVector(
      name: "Wycheproof 128", key: "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f",
      nonce: "000000000000000000000000",
      data: "",
      plaintext: "561008fa07a68f5c61285cd013464eaf",
      sealed: "23293e9b07ca7d1b0cae7cc489a973b3ffffffffffffffffffffffffffffffff"),
    GCMVector(
      name: "Wycheproof 129", key: "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f",
      nonce: "ffffffffffffffffffffffff",
      data: "",
      plaintext: "c6152244cea1978d3e0bc274cf8c0b3b",
      sealed: "7cb6fc7c6abc009efe9551a99f36a42100000000000000000000000000000000"),
  ]

  /// Wycheproof's tags that a careless comparison would take: tcId 130-156 share key, nonce, data and ciphertext.
  static let forged: [GCMVector] = [
    forgery("Wycheproof 130, Flipped bit 0 in tag", tag: "9de8fef6d8ab1bf1bf887232eab590dd"),
    forgery("Wycheproof 132, Flipped bit 7 in tag", tag: "1ce8fef6d8ab1bf1bf887232eab590dd"),
    forgery("Wycheproof 134, Flipped bit 31 in tag", tag: "9ce8fe76d8ab1bf1bf887232eab590dd"),
    forgery("Wycheproof 135, Flipped bit 32 in tag", tag: "9ce8fef6d9ab1bf1bf887232eab590dd"),
    forgery("Wycheproof 137, Flipped bit 63 in tag", tag: "9ce8fef6d8ab1b71bf887232eab590dd"),
    forgery("Wycheproof 138, Flipped bit 64 in tag", tag: "9ce8fef6d8ab1bf1be887232eab590dd"),
    forgery("Wycheproof 148, Flipped bit 127 in tag", tag: "9ce8fef6d8ab1bf1bf887232eab5905d"),
    forgery("Wycheproof 149, Flipped bits 0 and 64 in tag", tag: "9de8fef6d8ab1bf1be887232eab590dd"),
    forgery("Wycheproof 150, Flipped bits 31 and 63 in tag", tag: "9ce8fe76d8ab1b71bf887232eab590dd"),
    forgery("Wycheproof 151, Flipped bits 63 and 127 in tag", tag: "9ce8fef6d8ab1b71bf887232eab5905d"),
    forgery("Wycheproof 152, all bits of tag flipped", tag: "631701092754e40e40778dcd154a6f22"),
    forgery("Wycheproof 153, Tag changed to all zero", tag: "00000000000000000000000000000000"),
    forgery("Wycheproof 154, tag changed to all 1", tag: "ffffffffffffffffffffffffffffffff"),
    forgery("Wycheproof 155, msbs changed in tag", tag: "1c687e76582b9b713f08f2b26a35105d"),
    forgery("Wycheproof 156, lsbs changed in tag", tag: "9de9fff7d9aa1af0be897333ebb491dc"),
  ]

  private static func forgery(_ name: String, tag: String) -> GCMVector {
    GCMVector(
      name: name, key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      nonce: "505152535455565758595a5b", data: "", plaintext: "202122232425262728292a2b2c2d2e2f",
      sealed: "b2061457c0759fc1749f174ee1ccadfa" + tag)
  }
}
