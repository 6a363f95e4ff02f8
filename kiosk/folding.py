"""Words as people type them in a hurry: "Nước mắm", "nuoc mam" and "NUOC MAM" are one. No unicodedata, which
MicroPython lacks: the 134 letters and the marks that follow a bare letter in the other normal form (NFD)."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_FOLDED: "Final" = (
    ("a", "àảãáạăằẳẵắặâầẩẫấậÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬ"),
    ("d", "đĐ"),
    ("e", "èẻẽéẹêềểễếệÈẺẼÉẸÊỀỂỄẾỆ"),
    ("i", "ìỉĩíịÌỈĨÍỊ"),
    ("o", "òỏõóọôồổỗốộơờởỡớợÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢ"),
    ("u", "ùủũúụưừửữứựÙỦŨÚỤƯỪỬỮỨỰ"),
    ("y", "ỳỷỹýỵỲỶỸÝỴ"),
)
_KEPT: "Final" = "abcdefghijklmnopqrstuvwxyz0123456789"
_CAPITALS: "Final" = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BARE: "Final" = {letter: bare for bare, letters in _FOLDED for letter in letters}
# Grave, acute, circumflex, tilde, breve, hook above, horn, dot below.
_MARKS: "Final" = "\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"


def fold(text: str) -> str:
    """Small letters without marks, and digits; every run of anything else is one space.

    >>> fold("Nước mắm Kỳ Ninh, 500 ml")
    'nuoc mam ky ninh 500 ml'
    """
    parts: list[str] = []
    gap = False
    for char in text:
        if char in _MARKS:
            continue
        bare = _BARE.get(char, char)
        if bare in _CAPITALS:
            bare = _KEPT[_CAPITALS.find(bare)]
        if bare not in _KEPT:
            gap = bool(parts)
            continue
        if gap:
            parts.append(" ")
            gap = False
        parts.append(bare)
    return "".join(parts)


def rank(folded: str, query: str) -> int:
    """How well a folded text answers a folded query: 0 best, -1 not at all.

    Every word of the query begins a word of the text; best where the text begins with the whole query.
    """
    words = folded.split(" ")
    for asked in query.split(" "):
        if not any(word.startswith(asked) for word in words):
            return -1
    if folded.startswith(query):
        return 0
    return 1 if " " + query in folded else 2
