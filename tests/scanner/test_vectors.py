"""Agreement with GS1's own test data, where the machine has it (it is not part of this repository)."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from scanner import check_digits, codes, dates

VECTORS = Path(os.environ.get("OCOP_GS1_VECTORS", "/work/shared/data/gs1/vectors.jsonl"))

# Not kept in this repository: lists of countries, currencies, package types and IBAN countries, the
# coupon rules and the check characters of a GMN. The lines that need them are the known differences.
KNOWN = {
    "bracketed": {
        "(426)987", "(4307)AA", "(7030)987ABC", "(3910)9870",
        "(8007)FR1234", "(8007)AB12345678901234", "(8007)FR12345678901234", "(8007)FR12_45678901234",
        "(8013)123456ABXX",
    },
    # A composite symbol's second part: our readers do not deliver it.
    "scan": {"]E02112345678900|]e099COMPOSITE\x1d98XYZ", "]E402345673|]e099COMPOSITE\x1d98XYZ"},
}  # fmt: skip


def vectors(kind: str) -> list[dict]:
    if not VECTORS.exists():
        pytest.skip(f"GS1's vectors are not on this machine ({VECTORS})")
    lines = VECTORS.read_text(encoding="ascii").splitlines()
    return [vector for vector in map(json.loads, lines) if vector["kind"] == kind]


def agrees(vector: dict) -> bool:
    """Accepted: the same elements. Refused: an error, or no GS1 code at all."""
    try:
        code = codes.parse(vector["input"])
    except codes.CodeError:
        return not vector["ok"]
    if not vector["ok"]:
        return code.kind == "text" or (vector["kind"] == "element_string" and code.kind == "ean")
    if "elements" in vector:
        return code.elements == vector["elements"] and code.kind.startswith("gs1_")
    return code.kind == ("ean" if vector["symbology"].startswith("EAN") else "text")


@pytest.mark.parametrize("kind", ["dl_uri", "element_string", "bracketed", "scan"])
def test_parse_agrees(kind: str) -> None:
    # Short GTINs and unknown AIs are options of GS1's engine that we do not offer.
    lines = [v for v in vectors(kind) if not any(v.get("options", {}).values())]
    differing = {v["input"] for v in lines if not agrees(v)}
    print(kind, len(lines) - len(differing), "of", len(lines))
    assert differing == KNOWN.get(kind, set())


def test_refusals_are_mostly_errors_with_a_reason() -> None:
    """GS1-shaped but wrong must say so: only what has no GS1 shape may pass as plain text."""
    silent = Counter(
        vector["kind"]
        for kind in ("dl_uri", "element_string", "bracketed", "scan")
        for vector in vectors(kind)
        if not vector["ok"] and is_text(vector["input"])
    )
    print(silent)
    assert silent["element_string"] <= 10


def is_text(text: str) -> bool:
    try:
        return codes.parse(text).kind == "text"
    except codes.CodeError:
        return False


def test_check_digits_agree() -> None:
    lines = vectors("check_digit")
    assert [v["input"] for v in lines if check_digits.gs1_ok(v["input"]) != v["ok"]] == []


def test_dates_agree() -> None:
    lines = vectors("date")
    wrong = [v for v in lines if dates.read(v["input"], v["reference_year"]) != v.get("date")]
    assert wrong == []
