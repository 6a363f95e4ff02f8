"""Older stamps: the office's unsigned ones from before, known by the pattern of their web address.

A pattern is an address with placeholders, such as `https://tem.hatinh.vn/t/{item}?s={serial}`:

    {item}    a code that `items` turns into a GTIN-14
    {gtin}    13 or 14 digits; the GTIN must be among the values of `items`
    {serial}  decimal, 1 to 4,294,967,295, no leading zeros

Each stands at most once, of {item} and {gtin} only one; without either, `items` has one entry, "", with
the GTIN. Scheme and host are compared without regard to case, all that follows exactly. Nothing in a text
decides how often it is looked at: matching takes time linear in its length.
"""

from collections import namedtuple

from kiosk import calendar
from scanner import check_digits, stamps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Final

_SIGNED: "Final" = "/S/"  # where our signed stamps begin: no pattern may stand for them
_DIGITS: "Final" = "0123456789"

Older = namedtuple("Older", ("gtin", "serial", "last_day"))
"""An older stamp: GTIN-14, serial (None: it has none), the last day on which it counts as one (ISO)."""


class PatternError(ValueError):
    """The row is no usable pattern; the text says why, and `vi` in Vietnamese."""

    def __init__(self, message: str, vi: str) -> None:
        super().__init__(message)
        self.vi = vi


class Pattern:
    """One row of the segment `patterns`: {id, pattern, items: {code: GTIN-14}, last_day}.

    Raises PatternError. `origin` is its scheme and host in small letters.
    """

    def __init__(self, row: "dict[str, Any]") -> None:
        try:
            self.id: str = row["id"]
            self.last_day: str = row["last_day"]
            self._items: dict[str, str] = row["items"]
            self._gtins = set(self._items.values())
            address = split(row["pattern"])
            is_date = calendar.is_date(self.last_day)
        except (KeyError, TypeError, AttributeError):
            raise PatternError(
                "A pattern is {id, pattern, items: {code: GTIN-14}, last_day}, all texts.",
                "Mẫu tem cũ gồm {id, pattern, items: {mã: GTIN-14}, last_day}, đều là chữ.",
            )
        if address is None:
            raise PatternError(
                f"Pattern {self.id}: the address must begin with http(s)://host/.",
                f"Mẫu tem cũ {self.id}: địa chỉ phải bắt đầu bằng http(s)://máy-chủ/.",
            )
        self.origin, rest = address
        if "{" in self.origin or "}" in self.origin or not rest:
            raise PatternError(
                f"Pattern {self.id}: placeholders may stand after the host only.",
                f"Mẫu tem cũ {self.id}: chỗ trong ngoặc nhọn chỉ đứng sau tên máy chủ.",
            )
        if rest.startswith(_SIGNED):
            raise PatternError(
                f"Pattern {self.id}: /S/ is where signed stamps begin.",
                f"Mẫu tem cũ {self.id}: /S/ là chỗ bắt đầu của tem có chữ ký.",
            )
        literals, self._names = _parse(self.id, rest)
        self._before, self._between, self._after = literals
        if not is_date:
            raise PatternError(
                f"Pattern {self.id}: the last day must be a date such as 2027-06-30.",
                f"Mẫu tem cũ {self.id}: ngày cuối phải là ngày như 2027-06-30.",
            )
        self._check_items()

    def match(self, rest: str) -> "Older | None":
        """The older stamp whose address goes on with `rest` after the host, if it is of this pattern."""
        before, after = self._before, self._after
        if len(rest) < len(before) + len(after) or not rest.startswith(before) or not rest.endswith(after):
            return None
        values = self._values(rest[len(before) : len(rest) - len(after)])
        if values is None:
            return None
        gtin = self._gtin(values)
        serial = stamps.read_serial(values["serial"]) if "serial" in values else None
        if gtin is None or (serial is None and "serial" in values):
            return None
        return Older(gtin, serial, self.last_day)

    def _values(self, inside: str) -> "dict[str, str] | None":
        """What stands at the placeholders. Of two, one is the serial: a run of digits that ends where
        the text between them begins, for that has no digit there."""
        names, between = self._names, self._between
        if not names:
            return None if inside else {}
        if len(names) == 1:
            return {names[0]: inside}
        if names[0] == "serial":
            cut = 0
            while cut < len(inside) and inside[cut] in _DIGITS:
                cut += 1
            first, second = inside[:cut], inside[cut + len(between) :]
        else:
            cut = len(inside)
            while cut > 0 and inside[cut - 1] in _DIGITS:
                cut -= 1
            cut -= len(between)
            if cut < 0:
                return None
            first, second = inside[:cut], inside[cut + len(between) :]
        if inside[cut : cut + len(between)] != between:
            return None
        return {names[0]: first, names[1]: second}

    def _gtin(self, values: "dict[str, str]") -> "str | None":
        if "gtin" in values:
            digits = values["gtin"]
            if len(digits) == 13:
                digits = "0" + digits
            return digits if digits in self._gtins else None
        return self._items.get(values.get("item", ""))

    def _check_items(self) -> None:
        for gtin in self._gtins:
            if not isinstance(gtin, str) or not check_digits.is_gtin14(gtin):
                raise PatternError(
                    f"Pattern {self.id}: {gtin} is no GTIN of 14 digits.",
                    f"Mẫu tem cũ {self.id}: {gtin} không phải GTIN 14 chữ số.",
                )
        if not self._items or ("item" in self._names and "" in self._items):
            raise PatternError(
                f"Pattern {self.id}: it needs a trade item, and {{item}} a code for each.",
                f"Mẫu tem cũ {self.id}: phải có mặt hàng, và mỗi mặt hàng một mã cho {{item}}.",
            )
        if "item" not in self._names and "gtin" not in self._names and list(self._items) != [""]:
            raise PatternError(
                f"Pattern {self.id}: without {{item}} and {{gtin}} it names one trade item, under an empty code.",
                f"Mẫu tem cũ {self.id}: không có {{item}} và {{gtin}} thì chỉ nêu một mặt hàng, mã để trống.",
            )


class Patterns:
    """All patterns of a catalogue, compiled once when it is opened. A row that is no usable pattern is
    left out: its stamps are then no stamps, and everything else goes on."""

    def __init__(self, rows: "Iterable[dict[str, Any]]") -> None:
        compiled = []
        for row in rows:
            try:
                compiled.append(Pattern(row))
            except PatternError:
                pass  # the office refuses such a row when it is entered
        # Where two fit, the one that holds longer decides.
        compiled.sort(key=lambda one: (one.last_day, one.id))
        compiled.reverse()
        self._by_origin: dict[str, list[Pattern]] = {}
        for one in compiled:
            self._by_origin.setdefault(one.origin, []).append(one)

    def match(self, text: str) -> "Older | None":
        """The older stamp that a scanned text is, or None. What stands at /S/ never is one."""
        address = split(text) if self._by_origin else None
        if address is None or address[1].startswith(_SIGNED):
            return None
        for one in self._by_origin.get(address[0], ()):
            found = one.match(address[1])
            if found is not None:
                return found
        return None


def split(text: str) -> "tuple[str, str] | None":
    """(scheme://authority in small letters, all that follows) of a web address, else None.

    The scanner's prefix that tells the kind of symbol (`]Q1`) is passed over.
    """
    if text[:1] == "]":
        text = text[3:]
    colon = text[:8].find("://")
    if colon < 0 or text[:colon].lower() not in ("http", "https"):
        return None
    start = end = colon + 3
    while end < len(text) and text[end] not in "/?#":
        if not " " < text[end] < "\x7f":
            return None
        end += 1
    return (text[:end].lower(), text[end:]) if end > start else None


def _parse(name: str, rest: str) -> "tuple[tuple[str, str, str], list[str]]":
    """(text before, between and after the placeholders), and their names."""
    pieces, names = [], []
    while True:
        literal, brace, rest = rest.partition("{")
        if "}" in literal:
            raise PatternError(
                f"Pattern {name}: a brace is not closed or not opened.",
                f"Mẫu tem cũ {name}: ngoặc nhọn thiếu chỗ mở hoặc chỗ đóng.",
            )
        pieces.append(literal)
        if not brace:
            break
        placeholder, brace, rest = rest.partition("}")
        if not brace or placeholder not in ("item", "gtin", "serial"):
            raise PatternError(
                f"Pattern {name}: the placeholders are {{item}}, {{gtin}} and {{serial}}.",
                f"Mẫu tem cũ {name}: trong ngoặc nhọn chỉ có {{item}}, {{gtin}} và {{serial}}.",
            )
        names.append(placeholder)
    if len(names) > 2 or len(set(names)) < len(names) or (len(names) == 2 and "serial" not in names):
        raise PatternError(
            f"Pattern {name}: it takes {{serial}} once, and one of {{item}} and {{gtin}} once.",
            f"Mẫu tem cũ {name}: {{serial}} một lần, và một trong {{item}}, {{gtin}} một lần.",
        )
    if len(names) < 2:
        return (pieces[0], "", pieces[1] if names else ""), names
    beside = pieces[1][:1] if names[0] == "serial" else pieces[1][-1:]
    if not beside or beside in _DIGITS:
        raise PatternError(
            f"Pattern {name}: beside {{serial}} something other than a digit must stand.",
            f"Mẫu tem cũ {name}: cạnh {{serial}} phải là ký tự khác chữ số.",
        )
    return (pieces[0], pieces[1], pieces[2]), names
