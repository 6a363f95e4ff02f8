import os
from pathlib import Path

import pytest

from scanner import ai_table, ai_values, value_rules
from scanner.host.make_ai_table import lengths, read, write

DICTIONARY = """
# a comment
01         *?  N14,csum,gcppos2                  ex=255,37 dlpkey=22,10,21|235    # GTIN
10          ?  X..20                             req=01,02                        # BATCH/LOT
21             X..20                             req=01,03,8006 ex=235            # SERIAL
253         ?  N13,csum,gcppos1 [X..17]          dlpkey                           # GDTI
3100-3105  *?  N6                                req=01,02 ex=310n                # NET WEIGHT (kg)
8012        ?  X..20                             req=01,03,8006                   # VERSION
8110        ?  X..70,couponcode
"""
PUBLISHED = Path(os.environ.get("OCOP_GS1_DICTIONARY", "/work/shared/data/gs1/gs1-syntax-dictionary.txt"))


def rows() -> dict[str, str]:
    return dict(line.split(" ", 1) for line in ai_table.ROWS.strip().split("\n"))


def test_the_generator_reads_the_dictionary_s_lines() -> None:
    found, keys = read(DICTIONARY)
    assert found == {
        "01": "*?N14,csum,gcppos2 ex=255,37",
        "10": "?X..20 req=01,02",
        "21": "X..20 req=01,03,8006 ex=235",
        "253": "?N13,csum,gcppos1 [X..17]",
        "310n": "5*?N6 req=01,02 ex=310n",
        "8012": "?X..20 req=01,03,8006",
        "8110": "?X..70,couponcode",
    }
    assert keys == {"01": "22,10,21|235", "253": ""}


@pytest.mark.parametrize("line", ["10 ? X..20 req=01 opt=02", "10 $ X..20", "10 ? W..20", "10 ? N6,yy-mm"])
def test_the_generator_refuses_what_it_does_not_know(line: str) -> None:
    with pytest.raises(ValueError, match="is new"):
        read(line)


def test_ais_that_begin_alike_have_one_length() -> None:
    assert lengths({"01": "", "310n": ""}).startswith("02000")
    with pytest.raises(ValueError, match="same length"):
        lengths({"310n": "", "311": ""})


def test_the_table_is_as_the_generator_writes_it() -> None:
    assert Path(ai_table.__file__).read_text(encoding="utf-8") == write(rows(), ai_table.KEYS)


def test_the_table_is_the_published_dictionary_s() -> None:
    if not PUBLISHED.exists():
        pytest.skip(f"GS1's Syntax Dictionary is not on this machine ({PUBLISHED})")
    assert read(PUBLISHED.read_text(encoding="utf-8")) == (rows(), ai_table.KEYS)


def test_every_rule_the_table_names_is_one_we_keep() -> None:
    named = {
        name
        for ai in rows()
        for component in found(ai.replace("n", "0")).components
        for name, _ in component.rules
    }
    assert named == set(value_rules.RULES)
    assert set(value_rules.WRONG) <= named


def test_what_an_ai_needs_or_excludes_are_ais() -> None:
    patterns = {
        pattern
        for ai in map(found, (ai.replace("n", "0") for ai in rows()))
        for pattern in [*ai.excludes, *(name for groups in ai.needs for group in groups for name in group)]
    }
    unknown = {pattern for pattern in patterns if ai_values.find(pattern.replace("n", "0")) is None}
    assert len(patterns) > 30
    assert unknown == set()


def found(ai: str) -> ai_values.Ai:
    known = ai_values.find(ai)
    assert known is not None, ai
    return known
