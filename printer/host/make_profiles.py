"""Writes printer/profile_data.py: python-escpos's database of printers with our corrections.

    python -m printer.host.make_profiles

The database is that of the installed python-escpos (MIT, from escpos-printer-db); the corrections are
`profiles.toml` beside this file.
"""

import json
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "profile_data.py"
CORRECTIONS = Path(__file__).with_name("profiles.toml")

# Code pages with letters of ours, and the sign each has in the table; the first number of each counts.
SIGNS = {
    "TCVN-3-1": "l",
    "TCVN-3-2": "u",
    "CP1258": "v",
    "CP1252": "w",
    "CP850": "b",
    "CP858": "b",
    "CP852": "c",
    "CP437": "a",
}
_HEAD = '''"""Printers, written by printer/host/make_profiles.py: do not edit.

One a line: name, cells, dots across, dots of a cell, pages (number and sign), words. From
escpos-printer-db as python-escpos {version} ships it (MIT), with the corrections of
printer/host/profiles.toml.
"""

PRINTERS = """
{lines}
"""
'''


def database() -> dict[str, Any]:
    """The printers of the installed python-escpos, by name."""
    spec = find_spec("escpos")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("python-escpos is not installed: run `make setup`")
    path = Path(spec.submodule_search_locations[0]) / "capabilities.json"
    profiles: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["profiles"]
    return profiles


def entry(found: dict[str, Any]) -> dict[str, Any]:
    """A printer of the database in our terms."""
    features, words = found["features"], []
    if features["bitImageColumn"] and features["highDensity"]:
        words.append("inline")
    elif features["bitImageRaster"]:
        words.append("picture")
    elif features["bitImageColumn"]:
        words.append("bands")
    words += ["qr"] * features["qrCode"] + ["barcode"] * features["barcodeB"]
    words += ["cut"] * (features["paperPartCut"] or features["paperFullCut"])
    columns = found["fonts"]["0"]["columns"]
    pixels = found["media"].get("width", {}).get("pixels", "Unknown")
    dots = pixels if isinstance(pixels, int) else columns * 12
    # Font A is 12 dots wide, or 13 where the paper is a little wider than so many cells of 12.
    cell = 13 if columns * 13 <= dots < columns * 13 + 8 else 12
    return {"columns": columns, "dots": dots, "cell": cell, "pages": pages(found), "words": words}


def pages(found: dict[str, Any]) -> list[str]:
    """Its pages with letters of ours, the first of each kind, as number and sign."""
    signs: dict[str, str] = {}
    for number in sorted(found["codePages"], key=int):
        sign = SIGNS.get(found["codePages"][number])
        if sign:
            signs.setdefault(sign, number)
    kept = [sign for sign in "luvwbca" if sign in signs]
    if "l" in signs:
        # Beside these, of one page of signs is enough.
        kept = ["l", "u"] + [sign for sign in kept if sign in "vw"][:1]
    return [signs[sign] + sign for sign in kept]


def printers() -> dict[str, dict[str, Any]]:
    """Every printer, corrected."""
    corrections = tomllib.loads(CORRECTIONS.read_text(encoding="utf-8"))
    made = {name: entry(found) for name, found in database().items()}
    for name in corrections.pop("drop")["names"]:
        del made[name]
    own = corrections.pop("printers")
    for group in corrections.values():
        for name in group["names"]:
            change(made[name], {"words": group["words"]})
    for name, wanted in own.items():
        base = made[wanted["like"]] if "like" in wanted else made.get(name)
        made[name] = dict(base or {"cell": 12, "pages": [], "words": []})
        change(made[name], wanted)
    return made


def change(printer: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Correct one printer."""
    printer.update({key: value for key, value in wanted.items() if key not in ("like", "words")})
    words = list(printer["words"])
    for word in wanted.get("words", []):
        words = [kept for kept in words if kept != word.removeprefix("no")]
        if word in ("inline", "picture", "bands"):
            words = [kept for kept in words if kept not in ("inline", "picture", "bands")]
        words += [] if word.startswith("no") and word != "nozoom" else [word]
    printer["words"] = words


def text(version: str) -> str:
    """The module's text."""
    lines = [
        "|".join(
            [
                name,
                str(printer["columns"]),
                str(printer["dots"]),
                str(printer["cell"]),
                " ".join(printer["pages"]),
                " ".join(printer["words"]),
            ]
        )
        for name, printer in sorted(printers().items())
    ]
    return _HEAD.format(version=version, lines="\n".join(lines))


if __name__ == "__main__":
    from importlib.metadata import version as installed

    TARGET.write_text(text(installed("python-escpos")), encoding="utf-8")
