"""Ed25519 verification (RFC 8032) in plain Python, for where there is no libsodium: MicroPython.

The rule is libsodium's, so that a Pi, the office and a board agree on every signature, forged ones
too: no cofactor, R compared as bytes, R and A of small order refused, A in canonical form only, and
S below the group's order. Nothing here is secret, so nothing needs constant time.
"""

from sync import sha512

TYPE_CHECKING = False
if TYPE_CHECKING:
    Scaled = tuple[int, int, int, int]  # a summand, prepared: Y-X, Y+X, 2Z, 2dT

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493  # order of the base point
_D = 37095705934669439343138083508754565189542113879843219016388785533085940283555
_ROOT = 19681161376707505956807079304988542015446066515923890162744021073123829784752  # of -1
_BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)

_ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL = (0, 1, _P - 1, _ORDER_8, _P - _ORDER_8)  # y of the eight points of small order

_KEPT = 4  # keys, about 1.5 kB each
_met: "dict[bytes, list[Scaled]]" = {}

_WIDTH = 5  # bits a signed digit spans: odd digits from -15 to 15, five zeros or more between two


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) over `message` is by the key `public` (32 bytes).

    A key or signature of another length is simply no. Raises TypeError for anything but bytes.
    """
    for given in (public, message, signature):
        if not isinstance(given, (bytes, bytearray, memoryview)):
            raise TypeError("Ed25519 takes bytes: key, message, signature")
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = bytes(public), bytes(signature[:32])
    s = int.from_bytes(bytes(signature[32:]), "little")
    if s >= _L or _y(r) in _SMALL:
        return False
    multiples = _key_multiples(key)
    if multiples is None:
        return False
    h = int.from_bytes(sha512.digest(r + key + bytes(message)), "little") % _L
    return _encode(*_sum(s, _BASE_MULTIPLES, h, multiples)) == r


def _key_multiples(key: bytes) -> "list[Scaled] | None":
    """Odd multiples of the key's point, negated; None for a key that is refused. The keys met last are
    kept: a shop meets two or three, and to unpack one takes a tenth of a verification."""
    if key not in _met:
        point = _point(key)
        if point is None:
            return None
        if len(_met) == _KEPT:
            _met.clear()
        _met[key] = _odd_multiples(_P - point[0], point[1])
    return _met[key]


def _y(encoded: bytes) -> int:
    return int.from_bytes(encoded, "little") & (2**255 - 1)


def _point(encoded: bytes) -> "tuple[int, int] | None":
    """x and y of a point: None if not canonical, not on the curve, or of small order."""
    y = _y(encoded)
    if y >= _P or y in _SMALL:
        return None
    u = (y * y - 1) % _P
    v = (_D * y * y + 1) % _P
    # RFC 8032, 5.1.3: a candidate for the square root of u/v; it may be off by a root of -1.
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    square = v * x * x % _P
    if square != u:
        if square != _P - u:
            return None
        x = x * _ROOT % _P
    if x & 1 != encoded[31] >> 7:
        x = _P - x
    return x, y


def _encode(x: int, y: int, z: int) -> bytes:
    inverse = pow(z, _P - 2, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(32, "little")


def _scaled(x: int, y: int, z: int, t: int) -> "Scaled":
    return (y - x) % _P, (y + x) % _P, 2 * z % _P, 2 * _D * t % _P


def _add(x: int, y: int, z: int, t: int, other: "Scaled") -> "tuple[int, int, int, int]":
    # Extended coordinates x = X/Z, y = Y/Z, xy = T/Z, and complete formulas (RFC 8032, 5.1.4).
    a = (y - x) * other[0] % _P
    b = (y + x) * other[1] % _P
    c = t * other[3] % _P
    d = z * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _odd_multiples(x: int, y: int) -> "list[Scaled]":
    """1, 3, 5 ... 15 times the point."""
    point = (x, y, 1, x * y % _P)
    two = _scaled(*_add(*point, _scaled(*point)))
    multiples = []
    for _ in range(2 ** (_WIDTH - 2)):
        multiples.append(_scaled(*point))
        point = _add(*point, two)
    return multiples


_BASE_MULTIPLES = _odd_multiples(*_BASE)


def _digits(scalar: int) -> "list[int]":
    """`scalar` in 254 signed digits, lowest first: the width-5 non-adjacent form (below 2**253)."""
    digits = [0] * 254
    place = 0
    while scalar:
        if scalar & 1:
            digit = scalar & (2**_WIDTH - 1)
            if digit >> (_WIDTH - 1):
                digit -= 2**_WIDTH
            digits[place] = digit
            scalar = (scalar - digit) >> _WIDTH
            place += _WIDTH
        else:
            scalar >>= 1
            place += 1
    return digits


def _sum(s: int, base: "list[Scaled]", h: int, key: "list[Scaled]") -> "tuple[int, int, int]":
    """X, Y, Z of s times one point plus h times another, in one chain of doublings (Straus)."""
    x, y, z = 0, 1, 1
    s_digits, h_digits = _digits(s), _digits(h)
    for place in range(253, -1, -1):
        xx, yy = x * x, y * y
        e = (x + x) * y % _P
        g = (yy - xx) % _P
        h = -(xx + yy) % _P
        f = (g - 2 * z * z) % _P
        x, y, z = e * f % _P, g * h % _P, f * g % _P
        if s_digits[place] or h_digits[place]:
            t = e * h % _P
            for digit, table in ((s_digits[place], base), (h_digits[place], key)):
                if digit > 0:
                    x, y, z, t = _add(x, y, z, t, table[digit >> 1])
                elif digit < 0:
                    minus, plus, zz, dt = table[-digit >> 1]
                    x, y, z, t = _add(x, y, z, t, (plus, minus, zz, -dt))
    return x, y, z
