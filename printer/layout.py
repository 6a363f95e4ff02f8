"""Lines that fit a paper of so many cells. One character is one cell: all texts are NFC.

Padding counts characters, by `len`: MicroPython's own padding counts UTF-8 bytes.
"""


def clean(text: str) -> str:
    """`text` on one line: every run of blanks and control characters becomes one space."""
    return " ".join("".join(" " if c <= " " or "\x7f" <= c <= "\xa0" else c for c in text).split())


def left(text: str, width: int) -> str:
    """`text` with spaces after it, up to `width` cells."""
    return text + " " * (width - len(text))


def right(text: str, width: int) -> str:
    """`text` with spaces before it, up to `width` cells."""
    return " " * (width - len(text)) + text


def wrap(text: str, width: int, indent: int = 0) -> list[str]:
    """`text` in lines of at most `width` cells, cut between words; a longer word is cut where it must be.

    Every line begins with `indent` spaces. An empty text gives no line.
    """
    room = width - indent
    lines: list[str] = []
    line = ""
    for word in clean(text).split():
        if line and len(line) + 1 + len(word) <= room:
            line += " " + word
            continue
        if line:
            lines.append(line)
        while len(word) > room:
            lines.append(word[:room])
            word = word[room:]
        line = word
    if line:
        lines.append(line)
    return [" " * indent + line for line in lines]


def pair(start: str, end: str, width: int, indent: int = 0) -> list[str]:
    """Lines with `start` at the left and `end` flush right on the last of them.

    `start` wraps beside `end` when that leaves it at least half the width, else above it.
    """
    end = clean(end)
    beside = width - len(end) - 1
    if beside - indent < width // 2:
        whole = wrap(start, width, indent)
        if whole and len(whole[-1]) <= beside:
            whole[-1] = left(whole[-1], width - len(end)) + end
            return whole
        return whole + [right(line, width) for line in wrap(end, width)]
    lines = wrap(start, beside, indent) or [""]
    lines[-1] = left(lines[-1], width - len(end)) + end
    return lines
