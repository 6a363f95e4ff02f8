"""GS1 application identifiers: which exist, and what may stand behind each of them."""

from scanner import characters, value_rules
from scanner.ai_table import LENGTHS, ROWS
from scanner.errors import CodeError

_KEPT = 32  # AIs whose rows are kept ready; a code has a handful, and all there are would take memory

_SETS = {"N": characters.DIGITS, "X": characters.CSET82, "Y": characters.CSET39}


class Component:
    """A part of a value: its characters' kind (N, X, Y, Z), lengths, and the rules it has to keep."""

    def __init__(self, word: str) -> None:
        shape, *rules = word.split(",")
        self.optional = shape[0] == "["
        if self.optional:
            shape = shape[1:-1]
        self.kind = shape[0]
        self.high = int(shape[3:] if shape[1] == "." else shape[1:])
        self.low = 1 if shape[1] == "." else self.high
        self.rules = [(name, value_rules.RULES[name]) for name in rules]


class Ai:
    """A row of the table, taken apart.

    predefined: no FNC1 has to follow the value. attribute: it may stand in a Digital Link URI's query.
    shortest, longest: of its value, in characters. needs: for each `req`, groups of AIs of which one
    group has to stand beside it, whole. excludes: AIs that may not, n for any digit.
    """

    def __init__(self, row: str) -> None:
        words = row.split(" ")
        flags = row[: len(row) - len(row.lstrip("*?"))]
        words[0] = words[0][len(flags) :]
        self.predefined = "*" in flags
        self.attribute = "?" in flags
        self.components = []  # type: list[Component]
        self.needs = []  # type: list[list[list[str]]]
        self.excludes = []  # type: list[str]
        for word in words:
            if word.startswith("req="):
                self.needs.append([group.split("+") for group in word[4:].split(",")])
            elif word.startswith("ex="):
                self.excludes.extend(word[3:].split(","))
            else:
                self.components.append(Component(word))
        self.shortest = sum([part.low for part in self.components if not part.optional])
        self.longest = sum([part.high for part in self.components])


_kept = {}  # type: dict[str, Ai]


def find(ai: str) -> "Ai | None":
    """What the table says of an AI; None for an unknown one."""
    known = _kept.get(ai)
    if known is None:
        row = _row(ai)
        if row is None:
            return None
        if len(_kept) >= _KEPT:
            _kept.clear()
        known = _kept[ai] = Ai(row)
    return known


def spec_of(ai: str) -> "str | None":
    """Flags and components of an AI as `ai_table` writes them, or None for an unknown AI."""
    row = _row(ai)
    return None if row is None else row.partition(" req=")[0].partition(" ex=")[0]


def starts(data: str, at: int) -> str:
    """The AI that `data` has at `at`, or "" if none begins there. Its first two digits say its length."""
    first = data[at : at + 2]
    if len(first) < 2 or not characters.is_digits(first):
        return ""
    ai = data[at : at + int(LENGTHS[int(first)])]
    return "" if find(ai) is None else ai


def is_predefined(ai: str) -> bool:
    """True if no FNC1 has to follow the value."""
    known = find(ai)
    return known is not None and known.predefined


def is_attribute(ai: str) -> bool:
    """True if the AI may stand in the query of a Digital Link URI."""
    known = find(ai)
    return known is not None and known.attribute


def longest(ai: str) -> int:
    """How many characters a value of the AI has at most; 0 for an unknown AI."""
    known = find(ai)
    return 0 if known is None else known.longest


def check(ai: str, value: str) -> None:
    """Raise CodeError if `value` is no value of the AI."""
    known = find(ai)
    if known is None:
        raise CodeError(f"({_shown(ai[:4])}) is no GS1 application identifier; check how the code was made.")
    at = 0
    for component in known.components:
        part = value[at : at + component.high]
        if not part and component.optional:
            break
        if len(part) < component.low:
            raise CodeError(f"The value of ({ai}) is too short; check how the code was made or read.")
        _check_characters(ai, component.kind, part)
        for name, holds in component.rules:
            if not holds(part):
                wrong = value_rules.WRONG.get(name, "is out of range")
                raise CodeError(f"The value of ({ai}) {wrong}: {part}")
        at += len(part)
    if at < len(value):
        raise CodeError(f"The value of ({ai}) is too long; check how the code was made or read.")


def _row(ai: str) -> "str | None":
    """What stands behind the AI in the table, a row's highest digit taken off."""
    if not 2 <= len(ai) <= 4 or not characters.is_digits(ai):
        return None
    row = _after("\n" + ai + " ")
    if row is None and len(ai) == 4:
        row = _after("\n" + ai[:3] + "n ")
        if row is not None:
            return row[1:] if ai[3] <= row[0] else None
    return row


def _after(start: str) -> "str | None":
    at = ROWS.find(start)
    return None if at < 0 else ROWS[at + len(start) : ROWS.find("\n", at + 1)]


def _check_characters(ai: str, kind: str, part: str) -> None:
    if kind == "Z":
        if not value_rules.is_base64(part):
            raise CodeError(f"The value of ({ai}) is not URL-safe base64; check how the code was made.")
    elif not characters.only(part, _SETS[kind]):
        raise CodeError(f"The value of ({ai}) has a character that is not allowed there: {_shown(part)}")


def _shown(text: str) -> str:
    """The text with every character that cannot be printed plainly as `?`."""
    return "".join([char if " " <= char <= "~" else "?" for char in text])
