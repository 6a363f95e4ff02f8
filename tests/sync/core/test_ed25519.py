"""Ed25519 and SHA-512 in plain Python, on both interpreters: RFC 8032 and hostile signatures."""

from sync import ed25519, sha512

ABC = (
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
)

# RFC 8032, 7.1: tests 1, 2, 3 and SHA(abc). Key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        ABC,
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]

KEY, MESSAGE, SIGNATURE = [bytes.fromhex(text) for text in RFC_8032[2]]
ORDER = 2**252 + 27742317777372353535851937790883648493

# The eight points of small order, and the other ways to write two of them.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


def refused_type(*given):
    try:
        ed25519.verify(*given)
    except TypeError:
        return True
    return False


def verify_hex(public, message, signature):
    return ed25519.verify(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))


def test_sha512_of_nothing_abc_and_two_blocks():
    assert sha512.digest(b"abc").hex() == ABC
    assert sha512.digest(b"").hex() == (
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
    )
    # FIPS 180-4's example of 896 bits: the padding does not fit the first block.
    text = b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
    text += b"hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
    assert sha512.digest(text).hex() == (
        "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
        "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"
    )


def test_sha512_takes_any_bytes_but_no_text():
    assert sha512.digest(memoryview(b"xabc")[1:]).hex() == ABC
    assert sha512.digest(bytearray(b"abc")).hex() == ABC
    for wrong in ("abc", 3, None):
        try:
            sha512.digest(wrong)
        except TypeError:
            continue
        raise AssertionError(f"took {type(wrong)}")


def test_the_vectors_of_rfc_8032():
    for public, message, signature in RFC_8032:
        assert verify_hex(public, message, signature) is True


def test_a_vector_fits_no_other_message_and_no_other_key():
    for public, message, signature in RFC_8032:
        assert verify_hex(public, message + "00", signature) is False
    assert ed25519.verify(bytes.fromhex(RFC_8032[0][0]), MESSAGE, SIGNATURE) is False


def test_a_flipped_bit_in_any_byte_is_refused():
    for place in range(64):
        bent = bytearray(SIGNATURE)
        bent[place] ^= 1 << place % 8
        assert not ed25519.verify(KEY, MESSAGE, bytes(bent)), place
    for place in range(32):
        bent = bytearray(KEY)
        bent[place] ^= 1 << place % 8
        assert not ed25519.verify(bytes(bent), MESSAGE, SIGNATURE), place


def test_many_keys_one_after_the_other_are_not_mixed_up():
    # The keys met last are kept unpacked: more of them than there is room for, and each once again.
    for public, message, signature in RFC_8032 * 2:
        assert verify_hex(public, message, signature)
        for other, _, _ in RFC_8032:
            assert verify_hex(other, message, signature) == (other == public)
    for place in range(8):
        bent = bytearray(KEY)
        bent[place] ^= 1
        assert not ed25519.verify(bytes(bent), MESSAGE, SIGNATURE)
        assert ed25519.verify(KEY, MESSAGE, SIGNATURE)


def test_s_plus_the_order_is_refused():
    s = int.from_bytes(SIGNATURE[32:], "little")
    for times in (1, 2, 15):
        more = SIGNATURE[:32] + (s + times * ORDER).to_bytes(32, "little")
        assert not ed25519.verify(KEY, MESSAGE, more)
    for edge in (0, ORDER - 1, ORDER, ORDER + 1, 2**252, 2**253, 2**255, 2**256 - 1):
        assert not ed25519.verify(KEY, MESSAGE, SIGNATURE[:32] + edge.to_bytes(32, "little"))


def test_a_key_of_small_order_is_refused():
    for public in SMALL_ORDER:
        for r in SMALL_ORDER[:8]:
            assert not verify_hex(public, "00", r + "00" * 32)
    # Here the group equation holds, so that only the key's order speaks against it.
    assert not verify_hex(
        SMALL_ORDER[1],
        "01",
        "d0424b701d60255de5df705071059ccd22b8349bb4138202ebbd65e9e0ad211b" + "05" + "00" * 31,
    )


def test_an_r_of_small_order_is_refused():
    # R is the identity and S = hA's scalar: the equation holds, and the bytes are equal.
    assert not verify_hex(
        "ef4f62f8479733ad879cfaced3c89a9c39dd4fc795ef2efa1c3eafe4d729a081",
        "6d",
        SMALL_ORDER[0] + "03d8c0c5f12f199bcdc3cbc1ecb01693a9804d3286bc6d8f79fb035be22bb90f",
    )
    for r in SMALL_ORDER:
        assert not ed25519.verify(KEY, MESSAGE, bytes.fromhex(r) + SIGNATURE[32:])


def test_parts_of_small_order_that_cancel_out_pass():
    # Key and R both have a part of order 8, and R's bytes are what the equation gives.
    assert verify_hex(
        "ab6fefae3907fcb609da62913a3f1ece982313d454f8706f5849d478cff2b8fe",
        "22",
        "3b1a56279ca476eecc720321d3ba4a340e18f90105d270709e3401da6d84c239"
        "d8c7a5326ab67bca037e18b21e1cbe6587c92efa0d1b4e8ae5e36c1af9f8be01",
    )


def test_what_only_the_cofactor_would_let_pass_is_refused():
    assert not verify_hex(
        "0d2867738d9ea12e913c48dcb0d6117dd7b097b8e175d289c691270b6880de52",
        "00",
        "47efe8ca3c7deece0924c8ba64c01f5152ea678f00b6274169541f8164cb6d57"
        "b8fc523258021bb124623970e1209f3c2cc40c8de8da9def532041ae040c9a01",
    )
    assert not verify_hex(
        "ed8912bc5e8c18d0698fe9e1f522515a6531b5d9fb3d071fe337e08e097e9899",
        "01",
        "c49c8cc998eb575281d4db3a2f1eddd8a67fe94c0d2d8341ed2e7fde3e118c76"
        "c7bb6a698aefd3b39c411a33bcb6e88fa8ff64bcf7b0fd2f52c2e84adda6170a",
    )


def test_keys_off_the_curve_or_not_canonical_are_refused():
    for y in (2, 7, 2**255 - 16, 2**255 - 1):  # not on the curve twice, then y beyond the prime
        for sign in (0, 2**255):
            assert not ed25519.verify((y + sign).to_bytes(32, "little"), MESSAGE, SIGNATURE)


def test_another_length_is_no():
    for size in (0, 31, 33, 64):
        assert ed25519.verify((KEY + KEY)[:size], MESSAGE, SIGNATURE) is False
    for size in (0, 32, 63, 65):
        assert ed25519.verify(KEY, MESSAGE, (SIGNATURE + b"\0")[:size]) is False


def test_another_type_is_an_error():
    for wrong in ("d75a", 32, None, [1] * 32):
        assert refused_type(wrong, MESSAGE, SIGNATURE)
        assert refused_type(KEY, wrong, SIGNATURE)
        assert refused_type(KEY, MESSAGE, wrong)


def test_views_and_bytearrays_are_bytes():
    assert ed25519.verify(memoryview(KEY), bytearray(MESSAGE), memoryview(b"." + SIGNATURE)[1:])
