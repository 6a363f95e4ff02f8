"""Texts: composed as everything canonical must be, and folded for a search that ignores accents."""

import unicodedata
from typing import Any

from sqlalchemy import Table

_SEARCHED = {
    "producers": ("id", "name", "commune", "district", "phone"),
    "products": ("id", "name", "name_en", "group_name", "commune", "district"),
    "outlets": ("code", "name", "address", "commune"),
}


def nfc(value: Any) -> Any:
    """Texts, and those in lists, composed (Unicode NFC) and without spaces around them."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    return [nfc(item) for item in value] if isinstance(value, list) else value


def folded(text: str) -> str:
    """`text` in small letters without accents: "Mật Ong Đèo" is "mat ong deo"."""
    apart = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join("".join(letter for letter in apart if not unicodedata.combining(letter)).split())


def search_text(table: Table, row: dict[str, Any]) -> str:
    """What a search over `table` looks into, for its column "search"."""
    return folded(" ".join(str(row.get(name) or "") for name in _SEARCHED[table.name]))
