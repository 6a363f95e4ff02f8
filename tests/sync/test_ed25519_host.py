"""`sync.ed25519` and libsodium (through PyNaCl) give the same answer, on honest and on hostile input."""

import hashlib
import random
from typing import Any

import nacl.exceptions
import nacl.signing
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


# The twelve cases of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, SSR 2020, table 2), made
# here by construction: what S is, what orders A and R have, which equation holds, what is hashed.


def sealed(
    a_torsion: int,
    r_torsion: int,
    message: bytes = b"m",
    a: int = 4242,
    r: int = 9797,
    a_bytes: bytes | None = None,
    r_bytes: bytes | None = None,
    hashed_a: bytes | None = None,
    hashed_r: bytes | None = None,
    more: int = 0,
) -> tuple[bytes, bytes, bytes, int]:
    """Key, message, signature and challenge: A = a B + a_torsion T, R = r B + r_torsion T, S = r + h a + more.

    `a_bytes` and `r_bytes` write the points in another way; `hashed_` is what the signer hashed instead.
    """
    public = a_bytes or encoded(add(times(a, BASE), times(a_torsion, TORSION)))
    commitment = r_bytes or encoded(add(times(r, BASE), times(r_torsion, TORSION)))
    h = challenge(hashed_r or commitment, hashed_a or public, message)
    s = (r + h * a) % L + more
    return public, message, commitment + s.to_bytes(32, "little"), h


def where(a_torsion: int, r_torsion: int, fits: bool, **how: Any) -> tuple[bytes, bytes, bytes]:
    """Such a signature with a message for which the equation holds, or does not, without the cofactor."""
    for number in range(1000):
        *parts, h = sealed(a_torsion, r_torsion, bytes([number % 256, number // 256]), **how)
        if ((h * a_torsion + r_torsion) % 8 == 0) == fits:
            return tuple(parts)  # type: ignore[return-value]  # of three
    raise AssertionError("no such message")


def not_reduced(point: Point) -> bytes:
    """A point whose y is below 19, written with y + p."""
    return (point[1] + P | (point[0] & 1) << 255).to_bytes(32, "little")


ONE = times(0, TORSION)  # y = 1
NIL = times(2, TORSION)  # of order 4: y = 0
MANY_EDDSAS = {
    "0: S zero, A and R small": lambda: where(1, 7, True, a=0, r=0),
    "1: A small, R mixed": lambda: where(1, 7, True, a=0),
    "2: A mixed, R small": lambda: where(1, 7, True, r=0),
    "3: A and R mixed": lambda: where(1, 7, True),
    "4: A and R mixed, only with the cofactor": lambda: where(1, 7, False),
    "5: A mixed, R of order L, only with the cofactor": lambda: where(1, 0, False),
    "6: S above L": lambda: sealed(0, 0, more=L)[:3],
    "7: S far above L": lambda: sealed(0, 0, more=15 * L)[:3],
    "8: R small and not canonical, hashed as it is": lambda: where(1, 2, True, r=0, r_bytes=not_reduced(NIL)),
    "9: R small and not canonical, hashed reduced": lambda: where(
        1, 2, True, r=0, r_bytes=not_reduced(NIL), hashed_r=encoded(NIL)
    ),
    "10: A small and not canonical, hashed as it is": lambda: where(
        2, 6, True, a=0, a_bytes=not_reduced(NIL)
    ),
    "11: A small and not canonical, hashed reduced": lambda: where(
        2, 6, True, a=0, a_bytes=not_reduced(NIL), hashed_a=encoded(NIL)
    ),
    "A is the identity, not canonical": lambda: sealed(0, 0, a=0, a_bytes=not_reduced(ONE))[:3],
    "A is the identity, with the sign of x": lambda: sealed(
        0, 0, a=0, a_bytes=(1 | 1 << 255).to_bytes(32, "little")
    )[:3],
    "R is the identity, not canonical": lambda: sealed(0, 0, r=0, r_bytes=not_reduced(ONE))[:3],
    "R of order L with the other sign": lambda: sealed(
        0, 0, r_bytes=(number(encoded(times(9797, BASE))) ^ 1 << 255).to_bytes(32, "little")
    )[:3],
}


@pytest.mark.parametrize("name", MANY_EDDSAS)
def test_of_the_many_eddsas_ours_is_libsodiums(name: str) -> None:
    assert agreed(*MANY_EDDSAS[name]()) == name.startswith("3:")


@pytest.mark.parametrize("a_torsion", range(8))
@pytest.mark.parametrize("r_torsion", range(8))
def test_small_keys_with_small_r_are_refused_whatever_fits(a_torsion: int, r_torsion: int) -> None:
    for text in range(8):  # among them one for which the equation holds, if there is any
        assert not agreed(*sealed(a_torsion, r_torsion, bytes([text]), a=0, r=0)[:3])


def test_every_bit_of_key_and_signature_counts() -> None:
    public, message, signature, _ = sealed(0, 0)
    assert agreed(public, message, signature)
    whole = public + signature
    for bit in range(8 * len(whole)):
        bent = bytearray(whole)
        bent[bit // 8] ^= 1 << bit % 8
        assert not agreed(bytes(bent[:32]), message, bytes(bent[32:]))


EDGES = [0, 1, 2**252 - 1, 2**252, L - 1, L, L + 1, 2 * L, 8 * L, 2**253 - 1, 2**253, 2**255 - 1, 2**255]
EDGES += [15 * L, 2**256 - 1]


@pytest.mark.parametrize("s", EDGES)
def test_s_at_every_edge_is_judged_alike(s: int) -> None:
    public, message, signature, _ = sealed(0, 0)
    for r in (signature[:32], encoded(times(s, BASE)), encoded(BASE), SMALL[0]):
        assert not agreed(public, message, r + s.to_bytes(32, "little"))


@pytest.mark.parametrize("size", [*range(32), 33, 64])
def test_a_key_of_another_length_is_refused_by_both(size: int) -> None:
    public, message, signature, _ = sealed(0, 0)
    assert not agreed((public + public)[:size], message, signature)


@pytest.mark.parametrize("size", [*range(64), 65, 96, 128])
def test_a_signature_of_another_length_is_refused_by_both(size: int) -> None:
    public, message, signature, _ = sealed(0, 0)
    assert not agreed(public, message, (signature + signature)[:size])
    assert not agreed(public, b"", (signature + signature)[:size])


SCALARS = [1, 2, 8, L - 1, 4242, 2**252 + 5]
POINTS = {(n, t): encoded(add(times(n, BASE), times(t, TORSION))) for n in [0, *SCALARS] for t in range(8)}
NOT_CANONICAL = [(y | sign << 255).to_bytes(32, "little") for y in range(P, 2**255) for sign in (0, 1)]


@st.composite
def hostile(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """A signature that fits, in group and torsion or nearly, then up to two of its parts swapped or bent."""
    a, r = draw(st.sampled_from(list(POINTS))), draw(st.sampled_from(list(POINTS)))
    message = draw(st.binary(max_size=200))
    public, commitment = POINTS[a], POINTS[r]
    s = (r[0] + challenge(commitment, public, message) * a[0]) % L
    strange = st.sampled_from([*POINTS.values(), *NOT_CANONICAL, *SMALL]) | st.binary(
        min_size=32, max_size=32
    )
    for part in draw(st.lists(st.sampled_from("ARSMB"), max_size=2)):
        if part == "A":
            public = draw(strange)
        elif part == "R":
            commitment = draw(strange)
        elif part == "S":
            others = st.sampled_from(EDGES) | st.integers(0, 2**256 - 1)
            s = draw(st.sampled_from([s + more * L for more in range((2**256 - 1 - s) // L + 1)]) | others)
        elif part == "M":
            message = draw(st.binary(max_size=200))
        else:
            bit = draw(st.integers(0, 255))
            commitment = (number(commitment) ^ 1 << bit).to_bytes(32, "little")
    return public, message, commitment + s.to_bytes(32, "little")


@settings(max_examples=1500)
@given(hostile())
def test_both_verifiers_agree_on_hostile_signatures(parts: tuple[bytes, bytes, bytes]) -> None:
    agreed(*parts)


@settings(max_examples=100)
@given(st.sampled_from(SCALARS), st.sampled_from(SCALARS), st.binary(max_size=300))
def test_whatever_fits_without_torsion_is_accepted(a: int, r: int, message: bytes) -> None:
    assert agreed(*sealed(0, 0, message, a, r)[:3])
