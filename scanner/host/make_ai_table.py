"""Writes `scanner/ai_table.py` from GS1's Syntax Dictionary (github.com/gs1/gs1-syntax-dictionary).

    python -m scanner.host.make_ai_table gs1-syntax-dictionary.txt > scanner/ai_table.py

The table holds facts only: which AIs exist, how their values are built, which need no FNC1 after
them, which other AIs each needs or excludes, which may stand in a Digital Link URI's query, and which
are its keys with which qualifiers. A word of the dictionary that we do not know is an error, so that
nothing it says is lost.
"""

import re
import sys
import textwrap
from pathlib import Path

HEAD = '''"""GS1 application identifiers, written by `scanner.host.make_ai_table`. Not for editing by hand.

ROWS: a line for each AI, `AI flags+components [req=..] [ex=..]`. A four-digit AI that comes in a row
of same ones stands under its first three digits and "n", with the highest last digit before the flags.
Flags: `*` is of predefined length (no FNC1 after it), `?` may be a data attribute of a Digital Link
URI. Components: N digits, X CSET 82, Y CSET 39, Z CSET 64, with length or `..` highest length,
`[optional]`, rules after commas. req: one of these AIs has to stand beside it, `+` for all of several.
ex: none of these may; n stands for any digit, and the AI itself does not count.
One text, not a dict: frozen into MicroPython firmware it takes no memory.
LENGTHS: how many digits the AIs have that begin with the two digits 00 to 99; 0 for none.
KEYS: primary key of a Digital Link URI -> its qualifiers in order, alternatives apart by `|`.

Facts from the GS1 Barcode Syntax Dictionary, (c) GS1 AISBL, Apache License 2.0.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final
'''

_COMPONENT = re.compile(r"(\[[NXYZ](\d+|\.\.\d+)\]|[NXYZ](\d+|\.\.\d+))(,[a-z0-9]+)*")
_WIDTH = 98  # characters of a line of text in the module


def read(dictionary: str) -> tuple[dict[str, str], dict[str, str]]:
    """The rows (AI or row of AIs -> what stands behind it) and KEYS of a dictionary's text.

    Raises ValueError for a line that is not understood whole.
    """
    rows: dict[str, str] = {}
    keys: dict[str, str] = {}
    for line in dictionary.splitlines():
        line = line.partition("#")[0].rstrip()
        if not line:
            continue
        first, *words = line.split()
        flags = words.pop(0) if words[0].strip("*?") == "" else ""
        spec = []
        for word in words:
            name, _, value = word.partition("=")
            if name == "dlpkey":
                keys[first] = value
            elif _COMPONENT.fullmatch(word) or name in ("req", "ex"):
                spec.append(word)
            else:
                raise ValueError(f"({first}): {word!r} is new; teach scanner.ai_values what it means.")
        low, _, high = first.partition("-")
        for number in range(int(low), int(high or low) + 1):
            rows[f"{number:0{len(low)}d}"] = flags + " ".join(spec)
    return _fold(rows), keys


def lengths(rows: dict[str, str]) -> str:
    """LENGTHS of the rows. Raises ValueError if two AIs that begin alike differ in length."""
    found = ["0"] * 100
    for ai in rows:
        place = int(ai[:2])
        if found[place] not in ("0", str(len(ai))):
            raise ValueError(f"The AIs that begin with {ai[:2]} are not all of the same length.")
        found[place] = str(len(ai))
    return "".join(found)


def _fold(rows: dict[str, str]) -> dict[str, str]:
    """Rows of four-digit AIs that differ only in the last digit and start at 0, in one entry."""
    folded: dict[str, str] = {}
    for ai, row in rows.items():
        same = [d for d in range(10) if rows.get(f"{ai[:3]}{d}") == row] if len(ai) == 4 else []
        if len(same) > 1 and same == list(range(len(same))):
            folded[ai[:3] + "n"] = f"{same[-1]}{row}"
        else:
            folded[ai] = row
    return folded


def write(rows: dict[str, str], keys: dict[str, str]) -> str:
    """The module's source."""
    pieces = [
        piece
        for ai, row in rows.items()
        for piece in textwrap.wrap(rf"\n{ai} {row}", _WIDTH, drop_whitespace=False, break_on_hyphens=False)
    ]
    text = "".join(f'    "{piece}"\n' for piece in pieces)
    entries = "".join(f'    "{key}": "{value}",\n' for key, value in keys.items())
    return "\n".join(
        [
            HEAD,
            f'ROWS: "Final" = (\n{text}    "\\n"\n)\n',
            f'LENGTHS: "Final" = (\n    "{lengths(rows)}"\n)\n',
            f'KEYS: "Final" = {{\n{entries}}}\n',
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(write(*read(Path(sys.argv[1]).read_text(encoding="utf-8"))))
