"""The page that finds out what an unknown printer can do: numbered lines, each printed in another way.

A person compares them with the sample at the top and says which numbers look the same; `settled` makes a
profile's name of that, to be stored. What may come out as rubbish stands last.
"""

from . import documents, escpos
from .profiles import PROFILES, profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .documents import Item
    from .drawings import Raster

SAMPLE = "Mật ong “Đặc sản” – 185.000 ₫ ỄỰ"
_PAIR = ("A", "Z")
_CODE = "HTTPS://OCOP.HATINH.VN/"
# Number -> the word that a printer's profile gains, and the one for when the line is wrong.
PROBES = [
    (1, "inline", "picture"),
    (2, "tcvn", ""),
    (3, "utf8", ""),
    (4, "positions", ""),
    (5, "qr", ""),
    (6, "barcode", ""),
    (7, "glyphs", ""),
]


def page(base: str, raster: "Raster") -> bytes:
    """The bytes of the page for a printer of the profile `base`, of which only its paper is believed.

    Raises ValueError for an unknown profile.
    """
    made = profile(base)
    columns = made["columns"]
    bare = "plain+nocut+picture"
    text = documents.text
    heading = [
        text("TRANG DO MAY IN / PRINTER TEST", "center", True),
        text("Mau - sample:"),
        text(SAMPLE),
        documents.rule(),
        text("So nao in giong mau? / Which numbers look like the sample?"),
    ]
    out = _encoded(heading, bare, columns, raster)
    for number, word, _ in PROBES:
        out += _encoded([text(str(number) + ".")], bare, columns, raster)
        item: Item = text(SAMPLE)
        if word == "positions":
            item = documents.pair(_PAIR[0], _PAIR[1])  # Z at the right edge
        elif word == "qr":
            item = documents.qr(_CODE)
        elif word == "barcode":
            item = documents.barcode("893456313816", "ean13")
        out += _encoded([item], bare + "+" + word, columns, raster)
    return (
        out + b"\x1b@" + escpos.encode(_document([documents.feed(4), documents.cut()], columns), made, raster)
    )


def _document(items: "list[Item]", columns: int) -> "documents.Document":
    made = documents.document(columns)
    made["items"] = items
    return made


def _encoded(items: "list[Item]", name: str, columns: int, raster: "Raster") -> bytes:
    return escpos.encode(_document(items, columns), profile(name), raster)


def settled(base: str, right: "Sequence[int]") -> str:
    """The name of the profile by a person's answer: the numbers of the lines that were right.

    Of two ways for the letters the shorter one is kept: pages before UTF-8 before letters that are taught.
    Raises ValueError for an unknown profile or number.
    """
    words = {number: (yes, no) for number, yes, no in PROBES}
    for number in right:
        if number not in words:
            raise ValueError("the test page has no line " + str(number))
    profile(base)
    name = base.split("+")[0]
    known = PROFILES[name]
    name += "" if 2 in right or not known["pages"] else "+nopages"
    taken = False
    for number, yes, no in PROBES:
        letters = yes in ("tcvn", "utf8", "glyphs")
        if number in right and not (letters and taken):
            name += "+" + yes
            taken = taken or letters
        elif number not in right and (yes != "inline" or known["graphics"] == "inline"):
            name += "+" + (no or "no" + yes)
    return name
