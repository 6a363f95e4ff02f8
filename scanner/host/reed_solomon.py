"""Reed-Solomon over GF(256) as in QR codes, with erasures: a codeword known to be unsure costs half as much."""

from collections.abc import Sequence
from typing import Final

_EXP: Final[list[int]] = [1] * 512
_LOG: Final[list[int]] = [0] * 256
for _power in range(1, 512):
    _EXP[_power] = (_EXP[_power - 1] << 1) ^ (0x11D if _EXP[_power - 1] & 0x80 else 0)
for _power in range(255):
    _LOG[_EXP[_power]] = _power


def correct(codewords: Sequence[int], parity: int, erased: Sequence[int]) -> tuple[list[int], int] | None:
    """The corrected block and how many codewords outside `erased` were changed; None if there is none.

    `parity` is the number of check codewords; up to (parity - erased) / 2 errors are found beside the erasures.
    """
    block, length = list(codewords), len(codewords)
    room = parity - len(erased)
    if room < 0:
        return None
    syndromes = [_value(block, _EXP[power]) for power in range(parity)]
    if not any(syndromes):
        return block, 0
    places = [length - 1 - place for place in erased]  # as powers of x
    locator = [1]  # lowest power first
    for place in places:
        locator = _times(locator, [1, _EXP[place]])
    # Berlekamp and Massey, started from the locator of the erasures.
    last, shift, scale = locator[:], 1, 1
    errors = 0
    for step in range(len(erased), parity):
        gap = 0
        for power, factor in enumerate(locator):
            if factor and step >= power:
                gap ^= _mul(factor, syndromes[step - power])
        if not gap:
            shift += 1
            continue
        changed = _plus(locator, [0] * shift + [_mul(_div(gap, scale), factor) for factor in last])
        if 2 * errors <= step - len(erased):
            errors = step - len(erased) + 1 - errors
            last, scale, shift = locator, gap, 1
        else:
            shift += 1
        locator = changed
    while locator and not locator[-1]:
        locator.pop()
    count = len(locator) - 1
    if 2 * (count - len(erased)) > room:
        return None
    # The roots, by trial: a block has few places.
    found = [place for place in range(length) if not _polynomial(locator, _EXP[255 - place])]
    if len(found) != count:
        return None
    evaluator = _times(syndromes, locator)[:parity]
    slope = [factor if power % 2 else 0 for power, factor in enumerate(locator)][1:]
    for place in found:
        inverse = _EXP[255 - place]
        below = _polynomial(slope, inverse)
        if not below:
            return None
        block[length - 1 - place] ^= _mul(_EXP[place], _div(_polynomial(evaluator, inverse), below))
    if any(_value(block, _EXP[power]) for power in range(parity)):
        return None
    known = set(erased)
    changes = sum(
        old != new
        for place, (old, new) in enumerate(zip(codewords, block, strict=True))
        if place not in known
    )
    return block, changes


def _mul(a: int, b: int) -> int:
    return _EXP[_LOG[a] + _LOG[b]] if a and b else 0


def _div(a: int, b: int) -> int:
    return _EXP[_LOG[a] + 255 - _LOG[b]] if a else 0


def _value(block: Sequence[int], x: int) -> int:
    """The block as a polynomial, highest power first, at x."""
    result, log = 0, _LOG[x]
    for codeword in block:
        result = (_EXP[_LOG[result] + log] if result else 0) ^ codeword
    return result


def _polynomial(factors: Sequence[int], x: int) -> int:
    """A polynomial, lowest power first, at x."""
    return _value(factors[::-1], x)


def _times(a: Sequence[int], b: Sequence[int]) -> list[int]:
    product = [0] * (len(a) + len(b) - 1)
    for i, left in enumerate(a):
        if left:
            for j, right in enumerate(b):
                product[i + j] ^= _mul(left, right)
    return product


def _plus(a: Sequence[int], b: Sequence[int]) -> list[int]:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    return [factor ^ (shorter[power] if power < len(shorter) else 0) for power, factor in enumerate(longer)]
