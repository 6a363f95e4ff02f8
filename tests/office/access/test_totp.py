"""One-time codes by the vectors of RFC 6238, appendix B (SHA-1, eight digits)."""

import pytest

from office.access import totp

SECRET = b"12345678901234567890"
VECTORS = {59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924",
           2000000000: "69279037", 20000000000: "65353130"}  # fmt: skip


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_codes_are_those_of_the_standard(seconds, code):
    assert totp.code(SECRET, seconds // 30, 8) == code
    assert totp.code(SECRET, seconds // 30) == code[2:]


def test_a_phone_may_be_a_step_off_and_a_code_counts_once():
    step = 1234567890 // 30
    for off in (-1, 0, 1):
        assert totp.matching_step(SECRET, totp.code(SECRET, step + off), step * 30_000, None) == step + off
    for off in (-2, 2):
        assert totp.matching_step(SECRET, totp.code(SECRET, step + off), step * 30_000, None) is None
    assert totp.matching_step(SECRET, totp.code(SECRET, step), step * 30_000, step) is None
    assert totp.matching_step(SECRET, "12 34", step * 30_000, None) is None
