"""The staff's page of verdicts says what the table does."""

from pathlib import Path

from kiosk import phrases
from kiosk.verdicts import TABLE

PAGE = (Path(__file__).parents[2] / "docs" / "verdicts.md").read_text(encoding="utf-8")


def test_every_cell_of_the_table_is_on_the_page_in_order():
    shown = [
        line.replace("`", "") for line in PAGE.splitlines() if line.startswith("| `") and line.count("|") == 6
    ]
    assert shown == [f"| {r.verdict} | {r.confirmed} | {r.fresh} | {r.stale} | {r.old} |" for r in TABLE]


def test_every_verdict_has_its_part_with_the_tills_own_words():
    for row in TABLE:
        part = PAGE.split(f"\n## `{row.verdict}`\n")[1].split("\n## ")[0]
        key = row.verdict if row.verdict in phrases.STAFF else f"{row.verdict}/sell"
        if key in phrases.STAFF:
            title = phrases.STAFF[key][0]
            assert title.replace("[", "").replace("]", "").split("{")[0] in part, row.verdict
