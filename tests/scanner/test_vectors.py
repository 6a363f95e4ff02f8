"""Agreement with GS1's own test data, where the machine has it (it is not part of this repository)."""

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner import ai_rules, ai_values, characters, check_digits, codes, dates, digital_link, value_rules

VECTORS = Path(os.environ.get("OCOP_GS1_VECTORS", "/work/shared/data/gs1/vectors.jsonl"))


def vectors(kind: str) -> list[dict]:
    if not VECTORS.exists():
        pytest.skip(f"GS1's vectors are not on this machine ({VECTORS})")
    lines = VECTORS.read_text(encoding="ascii").splitlines()
    return [vector for vector in map(json.loads, lines) if vector["kind"] == kind]


def agrees(vector: dict) -> bool:
    """Accepted: the same elements. Refused: an error, or no GS1 code at all.

    Of an EAN symbol GS1 counts only a composite part as elements; ours has the EAN first, as (01).
    """
    try:
        code = codes.parse(vector["input"])
    except codes.CodeError:
        return not vector["ok"]
    if not vector["ok"]:
        return code.kind == "text" or (vector["kind"] == "element_string" and code.kind == "ean")
    if vector.get("symbology", "").startswith("EAN"):
        ean = vector["data"].partition("|")[0]
        return code.elements == [["01", f"{ean:0>14}"], *vector.get("elements", [])]
    if "elements" in vector:
        return code.elements == vector["elements"] and code.kind.startswith("gs1_")
    return code.kind == "text"


@pytest.mark.parametrize("kind", ["dl_uri", "element_string", "bracketed", "scan"])
def test_parse_agrees(kind: str) -> None:
    # Short GTINs and unknown AIs are options of GS1's engine that we do not offer.
    lines = [v for v in vectors(kind) if not any(v.get("options", {}).values())]
    differing = {v["input"] for v in lines if not agrees(v)}
    print(kind, len(lines) - len(differing), "of", len(lines))
    assert differing == set()


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


# One question of the vectors each, beside ours: (vector) -> whether it holds.
JUDGES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "check_digit": lambda v: check_digits.gs1_ok(v["input"]),
    "date_yymmdd": lambda v: value_rules.is_yymmdd(v["input"]),
    "date_yymmd0": lambda v: value_rules.is_yymmd0(v["input"]),
    "cset82": lambda v: characters.only(v["input"], characters.CSET82),
    "cset64": lambda v: value_rules.is_base64(v["input"]),
    "percent_valid": lambda v: value_rules.is_percent_coded(v["input"]),
    "value": lambda v: is_value(v["ai"], v["input"]),
    "dl_path_sequence": lambda v: is_path(v["input"]),
    "association": lambda v: ASSOCIATIONS[v["rule"]](bare_elements(v["input"])) is None,
}
ASSOCIATIONS = {
    "repeats": ai_rules.repeated,
    "mutex": ai_rules.excluded,
    "requisites": ai_rules.missing,
    "digsigrequiresserialisedkey": ai_rules.unserialised,
}
# A value for each AI of a path that does not take a plain digit; `*` becomes the check digit so far.
PATH_VALUES = {
    "00": "00614141123456789*", "01": "1231231231233*", "8006": "1231231231233*0102", "402": "9526064000002800*",
    "8010": "95260640", "8017": "79526064668851463*", "8018": "79526064668851463*", "253": "952606400002*",
    "255": "952606400002*", "8003": "0952606400002*", "414": "952606400002*", "415": "952606400002*",
    "417": "952606400002*", "8013": "1987654Ad4X4bL5ttr2310c2K", "7040": "1ABC", "8004": "95260640",
    "401": "95260640",
}  # fmt: skip
# Kinds of vectors that nothing of ours answers: no part of the product writes any Digital Link URI but
# the stamp's, whose form has no character to escape.
NOT_OURS = {"dl_build", "percent_encode"}


@pytest.mark.parametrize("kind", sorted(JUDGES))
def test_verdicts_agree(kind: str) -> None:
    lines = vectors(kind)
    assert [v["input"] for v in lines if JUDGES[kind](v) != v["ok"]] == []
    assert len(lines) > 20


def test_dates_agree() -> None:
    lines = vectors("date")
    wrong = [v for v in lines if dates.read(v["input"], v["reference_year"]) != v.get("date")]
    assert wrong == []


def test_percent_decoding_agrees() -> None:
    for vector in vectors("percent_decode"):
        assert digital_link.unescape(vector["input"]) == vector["path"]
        assert digital_link.unescape(vector["input"], query=True) == vector["query"]


def test_associations_agree_on_every_accepted_code() -> None:
    lines = [
        vector
        for kind in ("dl_uri", "element_string", "bracketed", "scan")
        for vector in vectors(kind)
        if "associations_ok" in vector and "elements" in vector
    ]
    assert len(lines) > 200
    assert [
        v["input"] for v in lines if (ai_rules.broken(v["elements"]) is None) != v["associations_ok"]
    ] == []


def test_no_kind_of_vector_is_passed_over() -> None:
    parsed = {"dl_uri", "element_string", "bracketed", "scan", "date", "percent_decode"}
    kinds = (
        {json.loads(line)["kind"] for line in VECTORS.read_text().splitlines()} if VECTORS.exists() else None
    )
    if kinds is None:
        pytest.skip(f"GS1's vectors are not on this machine ({VECTORS})")
    assert kinds == parsed | set(JUDGES) | NOT_OURS


def is_value(ai: str, value: str) -> bool:
    try:
        ai_values.check(ai, value)
    except codes.CodeError:
        return False
    return True


def is_path(ais: list[str]) -> bool:
    path = ""
    for ai in ais:
        body, star, rest = PATH_VALUES.get(ai, "1").partition("*")
        path += f"/{ai}/{body}{check_digits.gs1_digit(body) if star else ''}{rest}"
    try:
        return [ai for ai, _ in codes.parse(f"https://a.example{path}").elements] == ais
    except codes.CodeError:
        return False


def bare_elements(text: str) -> list[list[str]]:
    """Bracketed text without any check: these vectors allow AIs that do not exist."""
    return [[ai, value] for ai, value in re.findall(r"\((\d+)\)([^(]*)", text)]
