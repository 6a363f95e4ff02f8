"""The ReceiptLine language (receiptline.org, version 4), read into a document's items.

What we take: text in columns with its alignment (`left | right`, `|left`, `right|`, centred), `^` sizes,
`"` bold, `~` a space, `\\n`, `\\xHH` and `\\` before `\\ | { } - = _ " ` ^ ~`, blank lines, `-` a rule, `=` a
cut, and the properties `width` (numbers, `*`, auto), `border` (space, none, 0 to 2), `align`, `option`
(ean, jan, code128, qrcode, hri, numbers, l m q h), `code`, `image`, `comment`, and their abbreviations.
What we leave out, as an error that names the line: `_` underline and `` ` `` inverse, border line,
text nowrap, command, and the codes upc, code39, itf, codabar, nw7, code93.
What differs: a QR code may have cells of 2 dots, we wrap between words, columns grow to amounts that would break, `image` names a picture that
the program hands over, and an unknown property, option or escape is an error, not silence.
What is ours: `place:left` or `right` beside `code` (labels: text stands beside the code), and
`{label:50x30; across:3; gap:2; cell:20}` (`printer.labels`).
"""

from . import barcodes, documents
from .layout import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .documents import Item, Run
    from .drawings import Drawing

    Errors = list[tuple[int, str]]

_SHORT = {"a": "align", "b": "border", "c": "code", "i": "image", "o": "option", "w": "width", "_": "comment"}
_TYPES = {"ean": "ean13", "jan": "ean13", "code128": "code128", "qrcode": "qrcode"}
_HEX = "0123456789abcdefABCDEF"
_SIZES = [(1, 1), (2, 1), (1, 2), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6)]  # by the number of ^


def parse(
    source: "list[tuple[int, str]]", pictures: "dict[str, Drawing]"
) -> "tuple[list[Item], dict[str, Any], Errors]":
    """(items, label, errors) of a text given as (number, line) pairs.

    `pictures` are those that `image` may name; `label` is the property of that name, or empty. Each error is
    (line number, what is wrong there, Vietnamese / English); with errors the items are not for printing.
    """
    reader = _Reader(pictures)
    for number, line in source:
        reader.number = number
        reader.line(line)
    return reader.items, reader.label, reader.errors


def escape(value: str) -> str:
    """A value as ReceiptLine text that prints as it is, whatever it holds; blanks are joined."""
    clean = " ".join([word for word in printable(value).split(" ") if word])
    return "".join(["\\x%02x" % ord(c) if c in '\\{}|~_"`^-=;' else c for c in clean])


class _Reader:
    def __init__(self, pictures: "dict[str, Drawing]") -> None:
        self.pictures = pictures
        self.items: list[Item] = []
        self.label: dict[str, Any] = {}
        self.errors: Errors = []
        self.number = 0
        self.border, self.align = 1, "center"
        self.widths: list[int] = []
        self.options: dict[str, Any] = _options([])

    def wrong(self, vietnamese: str, english: str) -> None:
        self.errors.append((self.number, vietnamese + " / " + english))

    def line(self, text: str) -> None:
        columns = _columns(_hexed(text.strip("\t \r\n")))
        elements = [column.strip("\t ") for column in columns]
        first = elements[0]
        if len(columns) == 1 and first and (not first.strip("-") or not first.strip("=")):
            self.items.append(documents.rule() if first[0] == "-" else documents.cut())
        elif len(columns) == 1 and first[:1] == "{" and first.find("}") == len(first) - 1:
            self.properties(first[1:-1], _alignment(columns[0]))
        elif any("{" in element or "}" in element for element in elements):
            self.wrong(
                "ngoặc nhọn chỉ dùng cho một thuộc tính đứng riêng một dòng",
                "braces are for a property on a line of its own",
            )
        else:
            self.row(columns, elements)

    def row(self, columns: list[str], elements: list[str]) -> None:
        widths = self.widths
        if widths and len(columns) > len(widths):
            self.wrong(
                "có " + str(len(columns)) + " cột mà width chỉ có " + str(len(widths)),
                "there are more columns than widths",
            )
        cells = [(_alignment(column), self.runs(text)) for column, text in zip(columns, elements)]
        while len(cells) < len(widths):
            cells.append(("center", []))
        self.items.append(documents.row(cells, list(widths), self.border, self.align))

    def runs(self, text: str) -> "list[Run]":
        runs: list[Run] = []
        bold, size, at = False, 0, 0
        part: list[str] = []

        def flush() -> None:
            if part:
                wide, high = _SIZES[size]
                runs.append(("".join(part), bold, wide, high))
                part.clear()

        while at < len(text):
            c = text[at]
            if c == "\\":
                letter, at = self.escaped(text, at)
                part.append(letter)
                continue
            at += 1
            if c == "^":
                flush()
                level = 1
                while text[at : at + 1] == "^":
                    level, at = level + 1, at + 1
                level = min(level, 7)
                size = 0 if size == level else level
            elif c == '"':
                flush()
                bold = not bold
            elif c in "_`":
                self.wrong(
                    c + " (gạch chân, đảo màu) không dùng được; để in chính nó hãy viết \\" + c,
                    "underline and inverse are left out; to print the letter write \\" + c,
                )
            else:
                part.append(" " if c == "~" else c)
        flush()
        return runs

    def escaped(self, text: str, at: int) -> tuple[str, int]:
        """What the escape at `at` stands for, and where it ends."""
        c = text[at + 1 : at + 2]
        code = text[at + 2 : at + 4]
        if c == "n":
            return "\n", at + 2
        if c == "x" and len(code) == 2 and code[0] in _HEX and code[1] in _HEX:
            return printable(chr(int(code, 16))), at + 4
        if c and c in '\\|{}-=_"`^~;':
            return c, at + 2
        self.wrong("\\" + c + " không có nghĩa", "\\" + c + " means nothing")
        return "", at + 2

    def value(self, text: str) -> str:
        out, at = [], 0
        while at < len(text):
            if text[at] == "\\":
                letter, at = self.escaped(text, at)
            else:
                letter, at = text[at], at + 1
            out.append(letter)
        return "".join(out)

    # Properties

    def properties(self, text: str, align: str) -> None:
        found: dict[str, str] = {}
        for member in text.replace("\\;", "\\x3b").split(";"):
            if not member.strip("\t "):
                continue
            key, colon, value = member.partition(":")
            key = key.strip("\t ")
            key = _SHORT.get(key, key)
            value = self.value(value.strip("\t "))
            if key not in _PROPERTIES:
                self.wrong("không có thuộc tính " + key, "there is no property " + key)
            elif not colon or not value:
                self.wrong("thuộc tính " + key + " thiếu giá trị", "the property " + key + " has no value")
            else:
                found[key] = value
        for key in ("border", "width", "align", "option"):
            if key in found:
                _PROPERTIES[key](self, found[key].lower())
        if "label" in found:
            self.set_label(found)
        if "code" in found:
            self.code(found["code"], align, found.get("place", ""))
        if "image" in found:
            self.image(found["image"], align)

    def bad(self, key: str, value: str) -> None:
        self.wrong(key + ": không hiểu " + value, key + ": " + value + " is not understood")

    def set_border(self, value: str) -> None:
        known = {"space": 1, "none": 0, "0": 0, "1": 1, "2": 2}
        if value not in known:
            self.bad("border", value)
        self.border = known.get(value, 1)

    def set_width(self, value: str) -> None:
        words = value.replace(",", " ").split()
        widths = []
        for word in words:
            if word == "*":
                widths.append(-1)
            elif not word.strip("0123456789") and int(word) < 100:
                widths.append(int(word))
            elif word != "auto":
                self.bad("width", word)
        self.widths = [] if "auto" in words else widths

    def set_align(self, value: str) -> None:
        if value not in ("left", "center", "right"):
            self.bad("align", value)
        else:
            self.align = value

    def set_option(self, value: str) -> None:
        words = value.replace(",", " ").split()
        for word in words:
            if word not in _TYPES and word not in ("hri", "l", "m", "q", "h") and word.strip("0123456789"):
                self.bad("option", word)
        self.options = _options(words)

    def nothing(self, value: str) -> None:
        """A comment, or a property that another one reads."""

    def set_label(self, found: dict[str, str]) -> None:
        sizes = found["label"].lower().split("x")
        numbers = sizes + [found.get("across", "1"), found.get("gap", "2"), found.get("cell", "20")]
        if len(sizes) != 2 or any(not part or part.strip("0123456789") for part in numbers):
            self.bad("label", found["label"])
            return
        width, height, across, gap, cell = [int(part) for part in numbers]
        if not (10 <= width <= 120 and 10 <= height <= 200 and 1 <= across <= 6 and 12 <= cell <= 96):
            self.bad("label", found["label"])
            return
        self.label = {"width": width, "height": height, "across": across, "gap": gap, "cell": cell}

    def code(self, text: str, align: str, place: str) -> None:
        options = self.options
        if place not in ("", "left", "right"):
            self.bad("place", place)
        try:
            if options["type"] == "qrcode":
                barcodes.qr_modules(text, options["level"])
                if any(not " " <= c <= "~" for c in text):
                    raise ValueError("a QR code of letters beyond ASCII: " + text)
                item = documents.qr(text, align, options["cell"], options["level"], place)
            else:
                text = barcodes.check(options["type"], text)
                item = documents.barcode(
                    text, options["type"], align, options["module"], options["height"], options["hri"]
                )
        except ValueError as error:
            self.wrong("mã không in được", str(error))
        else:
            self.items.append(item)

    def image(self, name: str, align: str) -> None:
        if name not in self.pictures:
            self.wrong("không có hình " + name, "there is no picture " + name)
        else:
            width, height, rows = self.pictures[name]
            self.items.append(documents.picture(width, height, rows, align))


_PROPERTIES: "dict[str, Callable[[_Reader, str], None]]" = {
    "border": _Reader.set_border,
    "width": _Reader.set_width,
    "align": _Reader.set_align,
    "option": _Reader.set_option,
}
for _name in ("code", "image", "comment", "place", "label", "across", "gap", "cell"):
    _PROPERTIES[_name] = _Reader.nothing


def _options(words: list[str]) -> "dict[str, Any]":
    """The options of codes, with ReceiptLine's defaults; the first number that fits counts."""
    numbers = [int(word) for word in words if not word.strip("0123456789")]
    types = [_TYPES[word] for word in words if word in _TYPES]
    return {
        "type": (types + ["code128"])[0],
        "module": ([number for number in numbers if 2 <= number <= 4] + [2])[0],
        "height": ([number for number in numbers if 24 <= number <= 240] + [72])[0],
        "cell": ([number for number in numbers if 2 <= number <= 8] + [3])[0],
        "level": ([word for word in words if word in ("l", "m", "q", "h")] + ["l"])[0],
        "hri": "hri" in words,
    }


def _hexed(line: str) -> str:
    """The line with escaped letters of the language as hexadecimal escapes, so that none is taken for more."""
    if "\\" not in line:
        return line
    out, at = [], 0
    while at < len(line):
        pair = line[at : at + 2]
        if line[at] == "\\" and len(pair) == 2:
            out.append("\\x%02x" % ord(pair[1]) if pair[1] in "\\{|}" else pair)
            at += 2
        else:
            out.append(line[at])
            at += 1
    return "".join(out)


def _columns(line: str) -> list[str]:
    """The columns of a line, with the blanks that tell their alignment."""
    bars = [at for at in range(len(line)) if line[at] == "|"]
    if bars and bars[0] > 0 and line[bars[0] - 1] not in "\t ":
        line = " " + line
        bars = [bar + 1 for bar in bars]
    if bars and bars[-1] < len(line) - 1 and line[bars[-1] + 1] not in "\t ":
        line += " "
    cuts = [-1] + bars + [len(line)]
    columns = [line[cuts[index] + 1 : cuts[index + 1]] for index in range(len(cuts) - 1)]
    if len(columns) > 1 and bars[0] == 0:
        columns = columns[1:]
    if len(columns) > 1 and bars[-1] == len(line) - 1:
        columns = columns[:-1]
    return columns


def _alignment(column: str) -> str:
    starts, ends = column[:1] in ("\t", " "), column[-1:] in ("\t", " ")
    return "center" if starts == ends else "right" if starts else "left"
