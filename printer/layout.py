"""Lines that fit: rows of text in columns, wrapped by the width they take on paper.

A letter takes one cell, a letter of East Asia two; twice that at double width. Padding counts cells:
MicroPython's own padding counts UTF-8 bytes.
"""

from .vietnamese import compose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .documents import Cell, Document, Item, Run

    Letter = tuple[str, bool, int, int]  # a run of one letter
    Line = dict[str, Any]

# Letters twice as wide as others: Hangul, Chinese, Japanese, full forms, pictures.
_WIDE = [
    ("\u1100", "\u115f"),
    ("\u2e80", "\ua4cf"),
    ("\uac00", "\ud7a3"),
    ("\uf900", "\ufaff"),
    ("\ufe30", "\ufe6f"),
    ("\uff00", "\uff60"),
    ("\uffe0", "\uffe6"),
    ("\U0001f300", "\U0001faff"),
    ("\U00020000", "\U0003fffd"),
]
# Letters of no width: joiners, directions, soft hyphens, the mark of byte order, variants.
_NONE = [
    ("\u00ad", "\u00ad"),
    ("\u200b", "\u200f"),
    ("\u202a", "\u202e"),
    ("\u2060", "\u2064"),
    ("\ufe00", "\ufe0f"),
    ("\ufeff", "\ufeff"),
]
# Blanks of other widths, and breaks.
_BLANK = "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


def width(letter: str) -> int:
    """Cells that a letter takes: 2 for a letter of East Asia or a pictogram, else 1."""
    if letter < "\u1100" or "\u1160" <= letter < "\u2e80":
        return 1
    return 2 if any(first <= letter <= last for first, last in _WIDE) else 1


def cells(text: str) -> int:
    """Cells that a text takes at single width."""
    return sum([width(letter) for letter in text])


def printable(text: str) -> str:
    """`text` as it can be printed: marks joined to their letters, controls and breaks as spaces, nothing
    of no width; a no-break space stays one until the line is made. No text that has gone through here can hold a command for a printer."""
    out = []
    for c in compose(text):
        if " " <= c < "\x7f" or "\u00ae" <= c < "\u2000":
            out.append(c)
        elif c < " " or "\x7f" <= c < "\xa0" or c in _BLANK:
            out.append(" ")
        elif not any(first <= c <= last for first, last in _NONE):
            out.append(c)
    return "".join(out)


def clean(text: str) -> str:
    """`printable` on one line: every run of blanks becomes one space, none at the ends."""
    return " ".join([word for word in printable(text).replace("\xa0", " ").split(" ") if word])


def left(text: str, room: int) -> str:
    """`text` with spaces after it, up to `room` cells."""
    return text + " " * (room - cells(text))


def right(text: str, room: int) -> str:
    """`text` with spaces before it, up to `room` cells."""
    return " " * (room - cells(text)) + text


def lines(document: "Document") -> "list[Item]":
    """The document's items with every row as lines that fit `columns`.

    A line is `{"kind": "line", "align": str, "runs": [run, ...], "width": cells}`; a centred or right
    line is for the printer to place, in a left one every gap is spaces.
    """
    made: list[Item] = []
    for item in document["items"]:
        if item["kind"] == "row":
            made += row_lines(item, document["columns"])
        else:
            made.append(item)
    return made


def row_lines(row: "Item", columns: int) -> "list[Line]":
    """The lines of one row."""
    widths, offset = _widths(row, columns)
    if len(row["cells"]) == 1 and widths == [columns]:
        align, runs = row["cells"][0]
        return [_line(align, letters) for letters in _wrap(_letters(runs), columns, align)]
    if not widths:
        return _stacked(row, columns)
    shown = [(cell, room) for cell, room in zip(row["cells"], widths) if room]
    wrapped = [_wrap(_letters(cell[1]), room, cell[0]) for cell, room in shown]
    made = []
    for number in range(max([len(part) for part in wrapped] + [1])):
        letters: list[Letter] = []
        at, start = 0, offset
        for (cell, room), part in zip(shown, wrapped):
            if number < len(part) and part[number]:
                used = _taken(part[number])
                before = {"left": 0, "center": (room - used) // 2, "right": room - used}[cell[0]]
                letters += _spaces(start + before - at, part[number][0], letters) + part[number]
                at = start + before + used
            start += room + row["border"]
        made.append(_line("left", letters))
    return made


def _letters(runs: "list[Run]") -> "list[Letter]":
    """Letter by letter; "\\n" stays, as a break."""
    out: list[Letter] = []
    for text, bold, wide, high in runs:
        for number, part in enumerate(text.split("\n")):
            if number:
                out.append(("\n", bold, wide, high))
            out += [(letter, bold, wide, high) for letter in printable(part)]
    return out


def _taken(letters: "list[Letter]") -> int:
    total = 0
    for letter, _, wide, _ in letters:
        total += wide if letter < "\u1100" else wide * width(letter)
    return total


def _spaces(count: int, after: "Letter", before: "list[Letter]") -> "list[Letter]":
    """A gap, in the style beside it where that is not wider, so that no style changes twice."""
    for beside in (before[-1:], [after]):
        if beside and beside[0][2] == 1:
            return [(" ", beside[0][1], 1, beside[0][3])] * count
    return [(" ", False, 1, 1)] * count


def _widths(row: "Item", columns: int) -> tuple[list[int], int]:
    """Cells of each column, and of the blank before them; no columns when they have to be stacked.

    A column of a given width grows to what stands in it, as long as the shares (-1) keep half of the
    paper: an amount is never broken.
    """
    count = len(row["cells"])
    widths = list(row["widths"][:count]) or [-1] * count
    widths += [0] * (count - len(widths))
    shares = [index for index in range(count) if widths[index] < 0]
    shown = len([room for room in widths if room])
    free = columns - row["border"] * max(0, shown - 1)
    for index in range(count):
        if shares and widths[index] > 0:
            widths[index] = max(widths[index], _longest(row["cells"][index]))
    free -= sum([room for room in widths if room > 0])
    if shares and len(shares) < shown and free < columns // 2 and _longest_share(row, shares) > free:
        return [], 0
    while free < len(shares) and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
        free += 1
    while not shares and free < 0:
        widths[widths.index(max(widths))] -= 1
        free += 1
    for number, index in enumerate(shares):
        widths[index] = (free + number) // len(shares)
    if shares:
        return widths, 0
    return widths, {"left": 0, "center": free // 2, "right": free}[row["align"]]


def _longest(cell: "Cell") -> int:
    """Cells of the longest line that stands in a cell."""
    longest, line = 0, 0
    for letter, _, wide, _ in _letters(cell[1]):
        line = 0 if letter == "\n" else line + wide * width(letter)
        longest = max(longest, line)
    return longest


def _longest_share(row: "Item", shares: list[int]) -> int:
    return max([_longest(row["cells"][index]) for index in shares])


def _stacked(row: "Item", columns: int) -> "list[Line]":
    """One cell after the other, each on lines of its own."""
    made = []
    for align, runs in row["cells"]:
        letters = _letters(runs)
        if letters:
            made += [_line(align, part) for part in _wrap(letters, columns, align)]
    return made


def _wrap(letters: "list[Letter]", room: int, align: str) -> "list[list[Letter]]":
    """Lines of at most `room` cells, cut between words; a word that is longer is cut where it must be."""
    made: list[list[Letter]] = []
    part: list[Letter] = []
    for letter in letters + [("\n", False, 1, 1)]:
        if letter[0] != "\n":
            part.append(letter)
            continue
        if _taken(part) <= room:
            made.append(part)
        else:
            tight = _broken(part, room)
            # Lines of like length: no lonely last word in the middle of the paper.
            narrower = room - 1
            while align == "center" and narrower > room // 2 and len(tight) > 1:
                next_try = _broken(part, narrower)
                if len(next_try) > len(tight) or max([_taken(line) for line in next_try]) > narrower:
                    break
                tight, narrower = next_try, narrower - 1
            made += tight
        part = []
    return made


def _broken(letters: "list[Letter]", room: int) -> "list[list[Letter]]":
    """One paragraph in lines; blanks before its first word go before every line."""
    indent = 0
    while indent < len(letters) and letters[indent][0] == " ":
        indent += 1
    hang = letters[:indent] if _taken(letters[:indent]) < room // 2 else []
    made: list[list[Letter]] = []
    line, used = list(hang), _taken(hang)
    empty = used
    word: list[Letter] = []
    for letter in letters[indent:] + [(" ", False, 1, 1)]:
        if letter[0] != " ":
            word.append(letter)
            continue
        if word:
            size = _taken(word)
            gap = 1 if used > empty else 0
            if gap and used + word[0][2] + size > room:
                made.append(line)
                line, used, gap = list(hang), empty, 0
            if gap:
                line.append((" ", word[0][1], word[0][2], word[0][3]))
                used += word[0][2]
            for one in word:
                need = one[2] * width(one[0])
                if used + need > room and used > empty:
                    made.append(line)
                    line, used = list(hang), empty
                line.append(one)
                used += need
            word = []
    made.append(line)
    return made


def _line(align: str, letters: "list[Letter]") -> "Line":
    """A line with letters of one style joined to runs, without blanks at its end."""
    while letters and letters[-1][0] == " ":
        letters = letters[:-1]
    runs: list[Run] = []
    text: list[str] = []
    style: tuple[bool, int, int] | None = None
    for letter, bold, wide, high in letters:
        if style != (bold, wide, high):
            if style and text:
                runs.append(("".join(text),) + style)
            style, text = (bold, wide, high), []
        text.append(" " if letter == "\xa0" else letter)
    if style and text:
        runs.append(("".join(text),) + style)
    return {"kind": "line", "align": align, "runs": runs, "width": _taken(letters)}
