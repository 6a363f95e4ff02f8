"""The staff's page of verdicts says what the table does, in the till's own words."""

from pathlib import Path

from kiosk import phrases, texts
from kiosk.verdicts import AGES, TABLE, Row, sell_action

PAGE = (Path(__file__).parents[2] / "docs" / "verdicts.md").read_text(encoding="utf-8")


def cells(row: Row) -> str:
    till = [getattr(row, age) for age in AGES]
    receive = "refuse" if set(till) == {"refuse"} else row.receive
    return " | ".join([row.verdict, *till, receive])


def test_every_cell_of_the_table_is_on_the_page_in_order() -> None:
    shown = [line for line in PAGE.splitlines() if line.startswith("| `") and line.count("|") == 7]
    assert [line.replace("`", "").strip("| ") for line in shown] == [cells(row) for row in TABLE]


def test_the_page_explains_every_action() -> None:
    for row in TABLE:
        for action in {*cells(row).split(" | ")[1:], sell_action(row, "fresh")}:
            assert f"\n| `{action}` |" in PAGE, action


def test_every_verdict_has_its_part_with_the_tills_own_words() -> None:
    parts = {part.split("`")[0]: part for part in PAGE.split("\n## `")[1:]}
    assert list(parts) == [row.verdict for row in TABLE]
    for key, words in phrases.STAFF.items():
        if key.endswith("_note"):
            continue
        for text in words:
            assert texts.fill(text, {}) in parts[key.split("/")[0]], key
