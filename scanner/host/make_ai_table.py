"""Writes `scanner/ai_table.py` from GS1's Syntax Dictionary (github.com/gs1/gs1-syntax-dictionary).

    python -m scanner.host.make_ai_table gs1-syntax-dictionary.txt > scanner/ai_table.py

The table holds facts only: which AIs exist, how their values are built, which need no FNC1 after
them, which may stand in a Digital Link URI's query, and which are its keys with which qualifiers.
"""

import re
import sys
from pathlib import Path

HEAD = '''"""GS1 application identifiers, written by `scanner.host.make_ai_table`. Not for editing by hand.

SPECS: AI -> flags and components. A four-digit AI that comes in a row of same ones stands under its
first three digits and "n", with the highest last digit in front. Flags: `*` is of predefined length
(no FNC1 after it), `?` may be a data attribute of a Digital Link URI. Components: N digits,
X CSET 82, Y CSET 39, Z CSET 64, with length or `..` highest length, `[optional]`, rules after commas.
KEYS: primary key of a Digital Link URI -> its qualifiers in order, alternatives apart by `|`.

Facts from the GS1 Barcode Syntax Dictionary, (c) GS1 AISBL, Apache License 2.0.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final
'''


def read(dictionary: str) -> tuple[dict[str, str], dict[str, str]]:
    """SPECS and KEYS of a dictionary's text."""
    specs: dict[str, str] = {}
    keys: dict[str, str] = {}
    for line in dictionary.splitlines():
        line = line.partition("#")[0].rstrip()
        if not line:
            continue
        first, *words = line.split()
        flags = words.pop(0) if not re.match(r"[NXYZ\[]", words[0]) else ""
        components = [word for word in words if re.match(r"\[?[NXYZ][\d.]", word)]
        attributes = [word for word in words if word not in components]
        spec = flags + " ".join(components)
        low, _, high = first.partition("-")
        for number in range(int(low), int(high or low) + 1):
            specs[f"{number:0{len(low)}d}"] = spec
        for attribute in attributes:
            if attribute.startswith("dlpkey"):
                keys[first] = attribute.partition("=")[2]
    return _fold(specs), keys


def _fold(specs: dict[str, str]) -> dict[str, str]:
    """Rows of four-digit AIs that differ only in the last digit and start at 0, in one entry."""
    folded: dict[str, str] = {}
    for ai, spec in specs.items():
        row = [d for d in range(10) if specs.get(f"{ai[:3]}{d}") == spec] if len(ai) == 4 else []
        if len(row) > 1 and row == list(range(len(row))):
            folded[ai[:3] + "n"] = f"{row[-1]}{spec}"
        else:
            folded[ai] = spec
    return folded


def write(specs: dict[str, str], keys: dict[str, str]) -> str:
    """The module's source."""
    parts = [HEAD]
    for name, table in (("SPECS", specs), ("KEYS", keys)):
        rows = "".join(f'    "{key}": "{value}",\n' for key, value in table.items())
        parts.append(f'{name}: "Final" = {{\n{rows}}}\n')
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(write(*read(Path(sys.argv[1]).read_text(encoding="utf-8"))))
