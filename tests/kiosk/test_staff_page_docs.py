"""The staff's page of docs calls buttons and roles what the pages and the table of rights call them."""

import re
from pathlib import Path

from kiosk import rights
from kiosk.host.web import strings

PAGE = (Path(__file__).parents[2] / "docs" / "shop-staff.md").read_text(encoding="utf-8")
# Bold words that are questions of the print queue, places or notes of ours.
OURS = {"/staff", "Sửa một dòng", "BẢN SAO"}


def test_every_bold_word_stands_on_a_page() -> None:
    known = {sentence for page in strings.PAGES for sentence in strings.words(page)["vi"].values()}
    known |= {re.sub(r" ?\(?\{.*", "", sentence) for sentence in known} | {
        one.split(" (")[0] for one in known
    }
    bold = {" ".join(words.split()) for words in re.findall(r"\*\*([^*]+)\*\*", PAGE)}
    assert {words for words in bold - known - OURS if not words.startswith('"')} == set()


def test_the_keys_of_the_till_are_told() -> None:
    script = (Path(strings.__file__).parent / "static/staff.js").read_text(encoding="utf-8")
    keys = re.findall(r"^  (F\d+): ", script, re.MULTILINE)
    line = next(line for line in PAGE.splitlines() if line.startswith("Phím:"))
    assert keys and re.findall(r"F\d+", line) == keys


def test_the_table_of_roles_says_what_the_rights_do() -> None:
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in PAGE.splitlines()
        if line.startswith("| ")
    ]
    told = {row[0].split(" / ")[0]: row[1:] for row in rows if len(row) == 4 and row[0]}
    for right, words in (
        ("sell", "bán"),
        ("approve", "duyệt"),
        ("prices", "giá"),
        ("receipt_form", "mẫu phiếu"),
    ):
        (cells,) = [cells for name, cells in told.items() if name.startswith(words)]
        assert [cell == "x" for cell in cells] == [rights.may(role, right) for role in rights.ROLES], right
