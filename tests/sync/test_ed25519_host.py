"""`sync.ed25519` and libsodium (through PyNaCl) give the same answer, on honest and on hostile input."""

import hashlib
import random

import nacl.exceptions
import nacl.signing
import pytest

from sync import ed25519, sha512

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


# Textbook affine arithmetic, on purpose another way than the module's.
def add(p: Point, q: Point) -> Point:
    (x1, y1), (x2, y2) = p, q
    k = D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def times(n: int, p: Point) -> Point:
    total = (0, 1)
    while n:
        if n & 1:
            total = add(total, p)
        p, n = add(p, p), n >> 1
    return total


def with_y(y: int) -> Point:
    """A point of that y (the even x)."""
    ratio = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(ratio, (P + 3) // 8, P)
    if x * x % P != ratio:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == ratio
    return (P - x if x & 1 else x), y


BASE = with_y(4 * pow(5, -1, P) % P)
TORSION = with_y(0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826)  # of order 8


def encoded(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def challenge(r: bytes, public: bytes, message: bytes) -> int:
    return number(hashlib.sha512(r + public + message).digest()) % L


def libsodium(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        nacl.signing.VerifyKey(public).verify(message, signature)
    except (nacl.exceptions.BadSignatureError, ValueError):
        return False
    return True


def agreed(public: bytes, message: bytes, signature: bytes) -> bool:
    """What both say, which must be the same."""
    ours = ed25519.verify(public, message, signature)
    assert ours == libsodium(public, message, signature), (public.hex(), message.hex(), signature.hex())
    return ours


def test_the_torsion_point_has_order_eight() -> None:
    assert times(4, TORSION) == (0, P - 1)
    assert times(8, TORSION) == (0, 1)
    assert times(L, BASE) == (0, 1)


def test_sha512_is_hashlibs_at_every_padding() -> None:
    dice = random.Random(1)
    for size in range(300):
        data = dice.randbytes(size)
        assert sha512.digest(data) == hashlib.sha512(data).digest()


def test_honest_signatures_and_one_flipped_bit() -> None:
    dice = random.Random(2)
    for size in range(150):
        key = nacl.signing.SigningKey(dice.randbytes(32))
        public, message = bytes(key.verify_key), dice.randbytes(size)
        signature = key.sign(message).signature
        assert agreed(public, message, signature)
        parts = [bytearray(public), bytearray(message or b"?"), bytearray(signature)]
        part = parts[size % 3]
        bit = dice.randrange(8 * len(part))
        part[bit // 8] ^= 1 << bit % 8
        assert not agreed(*map(bytes, parts))


def test_random_bytes_are_no_signature() -> None:
    dice = random.Random(3)
    for _ in range(100):
        assert not agreed(dice.randbytes(32), b"m", dice.randbytes(63) + bytes([dice.randrange(16)]))


@pytest.mark.parametrize("a_torsion", range(8))
@pytest.mark.parametrize("r_torsion", range(8))
def test_mixed_order_is_judged_without_the_cofactor(a_torsion: int, r_torsion: int) -> None:
    dice = random.Random(a_torsion * 8 + r_torsion)
    secret, nonce = dice.randrange(1, L), dice.randrange(1, L)
    public = encoded(add(times(secret, BASE), times(a_torsion, TORSION)))
    r = encoded(add(times(nonce, BASE), times(r_torsion, TORSION)))
    message = dice.randbytes(9)
    h = challenge(r, public, message)
    signature = r + ((nonce + h * secret) % L).to_bytes(32, "little")
    assert agreed(public, message, signature) == ((h * a_torsion + r_torsion) % 8 == 0)


SMALL = [encoded(times(n, TORSION)) for n in range(8)]
# The same points written otherwise: y + p, and x = 0 with its sign bit set.
SMALL += [(y + P | sign << 255).to_bytes(32, "little") for y in (0, 1) for sign in (0, 1)]
SMALL += [(y | 1 << 255).to_bytes(32, "little") for y in (1, P - 1)]


@pytest.mark.parametrize("small", SMALL, ids=bytes.hex)
def test_points_of_small_order_are_refused_as_key_and_as_r(small: bytes) -> None:
    dice = random.Random(small)
    secret = dice.randrange(1, L)
    public = encoded(times(secret, BASE))
    for n in range(8):
        message = bytes([n])
        assert not agreed(small, message, SMALL[n] + bytes(32))
        assert not agreed(small, message, encoded(BASE) + (1).to_bytes(32, "little"))
        h = challenge(small, public, message)
        assert not agreed(public, message, small + (h * secret % L).to_bytes(32, "little"))


def test_the_identity_as_r_would_pass_but_for_its_order() -> None:
    secret, message, r = 12345, b"m", encoded((0, 1))
    public = encoded(times(secret, BASE))
    s = challenge(r, public, message) * secret % L
    assert times(s, BASE) == times(challenge(r, public, message), times(secret, BASE))
    assert not agreed(public, message, r + s.to_bytes(32, "little"))


def test_s_not_reduced_is_refused() -> None:
    key = nacl.signing.SigningKey(bytes(range(32)))
    public, signature = bytes(key.verify_key), key.sign(b"m").signature
    s = number(signature[32:])
    for more in range(L, 2**256 - s, L):
        assert not agreed(public, b"m", signature[:32] + (s + more).to_bytes(32, "little"))


@pytest.mark.parametrize("y", [*range(P, 2**255), 2, 7])
@pytest.mark.parametrize("sign", [0, 1])
def test_keys_not_canonical_or_off_the_curve_are_refused(y: int, sign: int) -> None:
    public = (y | sign << 255).to_bytes(32, "little")
    assert not agreed(public, b"m", encoded(BASE) + (1).to_bytes(32, "little"))
