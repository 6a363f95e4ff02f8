"""Reads a QR code from modules that are only more or less known.

Codewords that hold the least known modules are given up as erasures, which cost the error correction half of
what errors cost. What comes out is drawn anew and read by zxing-cpp, so that texts are read by one rule.
"""

from typing import Final

import numpy as np
import zxingcpp

from scanner.host import reed_solomon
from scanner.host.qr_grid import Floats
from scanner.host.qr_layout import LEVELS, Layout, blocks, formats, masked
from scanner.host.vision import Picture

SHARES: Final = (0.0, 0.25, 0.45, 0.6, 0.7, 0.8, 0.9)  # of the check codewords, tried as erasures
LEAST_SPARE: Final = 2  # check codewords a block that must remain unused: proof against chance
SPARE: Final = 6  # and in all blocks together


def read(values: Floats, layout: Layout) -> zxingcpp.Barcode | None:
    """The code, or None if it cannot be corrected for sure. Its position means nothing."""
    word = sum(np.array([values[place] for place in places]) for places in layout.formats)
    likeness = np.array(formats(), np.float32) @ np.asarray(word, np.float32)
    for data in np.argsort(likeness)[:-3:-1]:
        level, mask = LEVELS[int(data) >> 3], int(data) & 7
        bits = _corrected(values, layout, level, mask)
        if bits is not None:
            return _redrawn(bits, layout, int(data), mask)
    return None


def _corrected(values: Floats, layout: Layout, level: str, mask: int) -> Picture | None:
    """All codewords' bits, error-corrected, or None."""
    soft = values[layout.bits] * np.where(masked(layout.version, mask), -1, 1)
    codewords = np.packbits(soft > 0)
    trust = np.abs(soft).reshape(-1, 8)
    # The least sure bit decides, the others break ties.
    trust = trust.min(1) + 0.1 * np.sort(trust, 1)[:, 1]
    places, parity = blocks(layout.version, level)
    spare = 0
    for block in places:
        order = sorted(range(len(block)), key=lambda place, block=block: float(trust[block[place]]))  # type: ignore[misc]  # mypy: default in a lambda
        received = [int(codewords[place]) for place in block]
        best: tuple[list[int], int] | None = None
        for share in SHARES:
            erased = order[: round(share * parity)]
            found = reed_solomon.correct(received, parity, erased)
            if found is None:
                continue
            left = parity - len(erased) - 2 * found[1]
            if left >= LEAST_SPARE:
                best = (found[0], left)
                break
        if best is None:
            return None
        codewords[list(block)] = best[0]
        spare += best[1]
    if spare < min(SPARE, 4 * len(places)):
        return None
    return np.unpackbits(codewords)


def _redrawn(bits: Picture, layout: Layout, data: int, mask: int) -> zxingcpp.Barcode | None:
    dark = layout.fixed > 0
    dark[layout.bits] = (bits > 0) ^ masked(layout.version, mask)
    for places in layout.formats:
        for place, value in zip(places, formats()[data], strict=True):
            dark[place] = value > 0
    drawn = np.pad(np.where(dark, 0, 255).astype(np.uint8), 4, constant_values=255)
    drawn = drawn.repeat(3, 0).repeat(3, 1)
    found = zxingcpp.read_barcodes(
        drawn, formats=zxingcpp.BarcodeFormat.QRCode, is_pure=True, text_mode=zxingcpp.TextMode.Plain
    )
    return found[0] if found else None
