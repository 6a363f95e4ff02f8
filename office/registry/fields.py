"""Fields of records as people write them: in a form, in a cell of Excel, in a CSV.

`parse` takes what came (text, number, date, nothing) and gives what the record holds; `text` and `cell`
go the other way. Dates are 23/11/2026 or 2026-11-23, money 185.000 or 185000 đ, places 18,34281 degrees.
"""

import re
from datetime import date, datetime
from typing import Any, NamedTuple

from kiosk import calendar
from office.registry.text import folded, nfc
from scanner import check_digits

LONGEST = {"text": 300, "long": 20_000}  # letters
_E5 = 100_000
_YES = ("co", "x", "yes", "true", "1", "dung")
_NO = ("", "khong", "no", "false", "0", "sai")
_DATES = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")

Words = tuple[str, str]
"""Vietnamese and English."""


class FieldError(ValueError):
    """A value that a field cannot take; says why in both languages."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi = vi


class Field(NamedTuple):
    """A field: its name in the record, its words, how it is written.

    `type` is text, long, id, gtin, integer, money, date, bool, degrees, list, choice or ref (the key of a
    record of the kind `ref`). `suggest` are texts that people may choose from, or not.
    """

    name: str
    words: Words
    type: str = "text"
    required: bool = False
    choices: tuple[tuple[str, Words], ...] = ()
    ref: str = ""
    suggest: tuple[str, ...] = ()
    hint: Words = ("", "")
    default: Any = ""
    fixed: bool = False  # part of the key: written once


Problems = dict[str, FieldError]
"""By the name of the field; "" for the whole."""


class Refused(ValueError):  # noqa: N818 (an answer, with what to mend)
    """A record that cannot be stored; `problems` say why, field by field."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(
            "; ".join(f"{name}: {error}" if name else str(error) for name, error in problems.items())
        )
        self.problems = problems


def parse(field: Field, value: Any) -> Any:
    """What the record holds. Raises FieldError."""
    if isinstance(value, str):
        value = nfc(value).strip()
    if value in (None, ""):
        if field.required:
            raise FieldError("Cần điền mục này.", "This must be filled in.")
        return _EMPTY.get(field.type, "") if field.default == "" else field.default
    return _PARSERS.get(field.type, _parse_text)(field, value)


def text(field: Field, value: Any, lang: str = "vi") -> str:
    """A value as people in that language write it; "" for none."""
    if value is None or value == "":
        return ""
    words = 1 if lang == "en" else 0
    if field.type == "date":
        return value if lang == "en" else f"{value[8:]}/{value[5:7]}/{value[:4]}"
    if field.type in ("money", "integer"):
        return f"{value:,}" if lang == "en" else f"{value:,}".replace(",", ".")
    if field.type == "degrees":
        shown = f"{value / _E5:.5f}"
        return shown if lang == "en" else shown.replace(".", ",")
    if field.type == "bool":
        return (("Có", "Yes") if value else ("Không", "No"))[words]
    if field.type == "list":
        return ", ".join(value)
    if field.type == "choice":
        return dict(field.choices).get(str(value), (str(value), str(value)))[words]
    return str(value)


def shown(field: Field, value: Any, lang: str) -> str:
    """A value to be read, not to be written again: English dates in words."""
    if field.type == "date" and lang == "en" and value:
        return calendar.english(value)
    return text(field, value, lang)


def cell(field: Field, value: Any) -> Any:
    """A value as a typed cell of a spreadsheet, in Vietnamese."""
    if value is None or value == "":
        return None
    if field.type == "date":
        return date.fromisoformat(value)
    if field.type == "degrees":
        return value / _E5
    if field.type in ("money", "integer"):
        return value
    return text(field, value)


def _parse_text(field: Field, value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = str(value)
    most = LONGEST["long" if field.type == "long" else "text"]
    if len(found) > most:
        raise FieldError(f"Dài quá {most} ký tự.", f"Longer than {most} letters.")
    if any(ord(letter) < 32 and letter not in "\n\r\t" for letter in found):
        raise FieldError("Có ký tự không đọc được.", "It holds letters that cannot be shown.")
    return found.replace("\r\n", "\n") if field.type == "long" else " ".join(found.split())


def _parse_id(field: Field, value: Any) -> str:
    found = _parse_text(field, value)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", found):
        raise FieldError(
            "Mã gồm 1 đến 40 chữ không dấu, số, dấu chấm, gạch.",
            "1 to 40 letters without accents, digits, dots, dashes.",
        )
    return found


def _parse_code(field: Field, value: Any) -> str:
    found = _parse_text(field, value).upper()
    if not re.fullmatch(r"[A-Z0-9]{1,20}", found):
        raise FieldError("Mã gồm 1 đến 20 chữ in hoa và số.", "1 to 20 capitals and digits.")
    return found


def _parse_gtin(field: Field, value: Any) -> str:
    found = _parse_text(field, value).replace(" ", "")
    if re.fullmatch(r"\d+([.,]\d+)?[eE]\+?\d+", found):
        raise FieldError(
            f"Excel đã viết mã này thành {found} và bỏ các chữ số cuối: {_AS_TEXT[0]}",
            f"Excel has made this code {found} and dropped its last digits: {_AS_TEXT[1]}",
        )
    if not (found.isascii() and found.isdigit() and len(found) <= 14):
        raise FieldError("GTIN có 8, 12, 13 hoặc 14 chữ số.", "A GTIN has 8, 12, 13 or 14 digits.")
    if len(found) not in _GTINS:
        raise _too_short(found)
    found = found.rjust(14, "0")
    if not check_digits.is_gtin14(found):
        raise FieldError("Số kiểm tra (chữ số cuối) của GTIN không đúng.", "The GTIN's check digit is wrong.")
    return found


def _too_short(digits: str) -> FieldError:
    """Zeros that Excel took off are proposed, never put back: of codes that lack any other digit every tenth would pass
    too, and a wrong GTIN is printed on stamps for good."""
    whole = digits.rjust(next(length for length in _GTINS if length > len(digits)), "0")
    likely = len(whole) - len(digits) <= _MOST_ZEROS and check_digits.is_gtin14(whole.rjust(14, "0"))
    meant = (f"; có phải {whole}?", f"; is it {whole}?") if likely else (".", ".")
    return FieldError(
        f"GTIN có 8, 12, 13 hoặc 14 chữ số, mã này có {len(digits)}{meant[0]} Excel bỏ số 0 ở đầu khi ô là số: {_AS_TEXT[0]}",
        f"A GTIN has 8, 12, 13 or 14 digits, this one {len(digits)}{meant[1]} Excel drops zeros at the front of a number: "
        f"{_AS_TEXT[1]}",
    )


def _parse_integer(_: Field, value: Any) -> int:
    if isinstance(value, bool):
        value = str(value)
    if isinstance(value, int):
        number = value
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    else:
        digits = re.sub(r"(?i)\s*(đ|₫|vnd|đồng|sao)\s*$", "", str(value)).strip()
        if re.fullmatch(r"\d{1,3}([., ]\d{3})+", digits):
            digits = re.sub(r"[., ]", "", digits)
        if not re.fullmatch(r"\d{1,15}", digits):
            raise FieldError("Cần một số nguyên, như 185.000.", "A whole number, such as 185,000.")
        number = int(digits)
    if not 0 <= number <= 10**12:
        raise FieldError("Số này quá lớn hoặc âm.", "This number is too large, or negative.")
    return number


def _parse_date(_: Field, value: Any) -> str:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        found = value
    else:
        for form in _DATES:
            try:
                found = datetime.strptime(str(value), form).date()  # noqa: DTZ007 (a day, no time)
                break
            except ValueError:
                continue
        else:
            raise FieldError("Cần một ngày, như 23/11/2026.", "A date, such as 23/11/2026.")
    if not 1990 <= found.year <= 2100:
        raise FieldError(f"Năm {found.year} không hợp lý.", f"The year {found.year} cannot be right.")
    return found.isoformat()


def _parse_bool(_: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = folded(str(value))
    if found in _YES or found in _NO:
        return found in _YES
    raise FieldError("Cần “Có” hoặc “Không”.", "Yes or no.")


def _parse_degrees(field: Field, value: Any) -> int:
    try:
        degrees = float(str(value).replace(",", ".").replace("°", "").strip())
    except ValueError:
        degrees = float("nan")
    most = 90 if field.name.startswith("lat") else 180
    if not -most <= degrees <= most:
        raise FieldError(f"Cần số độ, như {_EXAMPLE[most]}.", f"Degrees, such as {_EXAMPLE[most]}.")
    return round(degrees * _E5)


def _parse_list(field: Field, value: Any) -> list[str]:
    return [part.strip() for part in _parse_text(field, value).replace(";", ",").split(",") if part.strip()]


def _parse_choice(field: Field, value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = folded(str(value))
    for key, words in field.choices:
        if found in (folded(key), folded(words[0]), folded(words[1])):
            return key
    listed = ", ".join(words[0] for _, words in field.choices)
    raise FieldError(f"Chỉ nhận: {listed}.", f"One of: {', '.join(words[1] for _, words in field.choices)}.")


_GTINS = (8, 12, 13, 14)  # digits
_MOST_ZEROS = 3  # at the front of a code that is meant
_AS_TEXT = (
    "chọn cả cột, đặt định dạng ô là Văn bản (Format Cells › Text), rồi gõ lại mã.",
    "select the column, format its cells as text, then type the code again.",
)
_EXAMPLE = {90: "18,34281", 180: "105,90562"}
_EMPTY: dict[str, Any] = {
    "integer": None,
    "money": None,
    "date": None,
    "degrees": None,
    "bool": False,
    "list": [],
}
_PARSERS = {
    "id": _parse_id,
    "code": _parse_code,
    "gtin": _parse_gtin,
    "integer": _parse_integer,
    "money": _parse_integer,
    "date": _parse_date,
    "bool": _parse_bool,
    "degrees": _parse_degrees,
    "list": _parse_list,
    "choice": _parse_choice,
}
