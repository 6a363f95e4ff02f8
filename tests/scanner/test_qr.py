"""QR codes read from modules that are only partly known."""

import random

import numpy as np
import pytest
import segno
from segno import consts

from scanner.host import libraries, qr_grid, qr_layout, qr_soft, reed_solomon
from scanner.host.qr_layout import blocks, layout
from scanner.host.vision import cv2

LEVELS = {
    "L": consts.ERROR_LEVEL_L,
    "M": consts.ERROR_LEVEL_M,
    "Q": consts.ERROR_LEVEL_Q,
    "H": consts.ERROR_LEVEL_H,
}
VERSIONS = range(1, qr_layout.LARGEST + 1)


def drawn(text: str, version: int, level: str = "m", mask: int | None = None) -> np.ndarray:
    code = segno.make(text, version=version, error=level, boost_error=False, mask=mask)
    return np.array([list(row) for row in code.matrix_iter(1, 0)])


@pytest.mark.parametrize("version", VERSIONS)
def test_the_layout_is_what_another_writer_draws(version):
    plan, mask = layout(version), version % 8
    modules = np.where(drawn(f"v{version}", version, "l", mask), 1, -1)
    assert plan.fixed.shape == modules.shape
    assert (modules[plan.fixed != 0] == plan.fixed[plan.fixed != 0]).all()
    for places in plan.formats:
        assert tuple(modules[place] for place in places) == qr_layout.formats()[1 << 3 | mask]
    codewords = np.packbits((modules[plan.bits] > 0) ^ qr_layout.masked(version, mask))
    places, parity = blocks(version, "L")
    for block in places:
        received = [int(codewords[place]) for place in block]
        assert reed_solomon.correct(received, parity, []) == (received, 0)


@pytest.mark.parametrize("version", VERSIONS)
def test_blocks_are_those_of_the_standard(version):
    for level, number in LEVELS.items():
        places, parity = blocks(version, level)
        wanted = [
            (block.num_total, block.num_data)
            for block in consts.ECC[version][number]
            for _ in range(block.num_blocks)
        ]
        assert [(len(block), len(block) - parity) for block in places] == wanted


def test_errors_and_erasures_are_corrected_up_to_the_limit():
    dice = random.Random(1)
    places, parity = blocks(7, "M")
    modules = drawn("HTTPS://OCOP.HATINH.VN/", 7)
    format_word = tuple(1 if modules[place] else -1 for place in layout(7).formats[0])
    mask = qr_layout.formats().index(format_word) & 7
    codewords = np.packbits((modules[layout(7).bits] > 0) ^ qr_layout.masked(7, mask))
    sent = [int(codewords[place]) for place in places[0]]
    for erased in range(parity + 1):
        errors = (parity - erased) // 2
        for _ in range(5):
            wrong = dice.sample(range(len(sent)), erased + errors)
            received = list(sent)
            for place in wrong:
                received[place] ^= dice.randrange(1, 256)
            assert reed_solomon.correct(received, parity, wrong[:erased]) == (sent, errors)
    assert reed_solomon.correct(sent, parity, list(range(parity + 1))) is None


@pytest.mark.parametrize("level", ["l", "m", "q", "h"])
@pytest.mark.parametrize("version", [1, 2, 5, 7, 10, 14])
def test_a_code_whose_modules_are_partly_unknown_is_read(version, level):
    text, plan = "OCOP 7", layout(version)
    values = np.where(drawn(text, version, level), 1.0, -1.0).astype(np.float32)
    found = qr_soft.read(values, plan)
    assert found is not None
    assert found.text == text
    values[:, : max(1, plan.size // 16)] = 0.0  # a strip under a lamp's mirror
    assert qr_soft.read(values, plan) is not None


def test_more_is_read_than_error_correction_alone_allows():
    """A fifth of a stamp is gone, where level M corrects a seventh."""
    text, plan = "HTTPS://OCOP.HATINH.VN/S/A" + "B" * 100, layout(7)
    values = np.where(drawn(text, 7), 1.0, -1.0).astype(np.float32)
    values[9:36, 20:33] = np.random.default_rng(1).normal(0, 0.05, (27, 13))
    found = qr_soft.read(values, plan)
    assert found is not None
    assert found.text == text
    values[9:36, 20:33] = np.sign(values[9:36, 20:33])  # as sure as the rest, and wrong
    assert qr_soft.read(values, plan) is None


@pytest.mark.parametrize("version", [1, 4, 7])
def test_nothing_is_read_from_chance(version):
    dice = np.random.default_rng(2)
    plan = layout(version)
    for _ in range(60):
        values = dice.normal(0, 1, (plan.size, plan.size)).astype(np.float32)
        values[plan.fixed != 0] = plan.fixed[plan.fixed != 0]
        assert qr_soft.read(values, plan) is None


def test_the_grid_follows_a_bent_label(photograph, stamp_text):
    picture = photograph(stamp_text(1))
    (code,) = libraries.zxing()(picture)
    corners, plan = code["points"], layout(segno.make(stamp_text(1), error="m", micro=False).version)
    lines = np.arange(640, dtype=np.float32)
    bowed = 8 * np.sin((lines - 180) / 260 * np.pi).astype(np.float32)
    x, y = np.meshgrid(lines, np.arange(480, dtype=np.float32))
    bent = cv2.remap(picture, x, y + bowed[None, :], cv2.INTER_LINEAR)
    for seen in (picture, bent):
        modules = qr_grid.sample(seen, corners, plan)
        assert modules is not None
        assert modules.likeness > 0.8
        read = qr_soft.read(modules.values, plan)
        assert read is not None
        assert read.text == stamp_text(1)
    assert qr_grid.sample(np.full((480, 640), 90, np.uint8), corners, plan) is None
