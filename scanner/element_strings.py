"""GS1 element strings: as barcodes carry them (FNC1 is U+001D) and as people write them, in brackets."""

from scanner import ai_rules, ai_values
from scanner.errors import CodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

FNC1: "Final" = "\x1d"
MOST: "Final" = 64  # AIs in one code, as in GS1's engine


def read(data: str) -> "list[list[str]]":
    """The [AI, value] pairs of a barcode's data, which here is without the FNC1 that comes first.

    One FNC1 too many after a value of predefined length is let pass, as is one at the end.
    """
    if not data:
        raise CodeError("The GS1 code is empty; scan it again.")
    elements = []  # type: list[list[str]]
    at = 0
    while at < len(data):
        ai = ai_values.starts(data, at)
        if not ai:
            raise CodeError(
                f"No GS1 application identifier begins at character {at + 1}; scan the code again."
            )
        _refuse_more(elements)
        at += len(ai)
        end = data.find(FNC1, at)
        end = len(data) if end < 0 else end
        if ai_values.is_predefined(ai):
            end = min(end, at + ai_values.longest(ai))
        elements.append([ai, data[at:end]])
        at = end + 1 if data[end : end + 1] == FNC1 else end
    return _checked(elements)


def read_bracketed(text: str) -> "list[list[str]] | None":
    r"""The [AI, value] pairs of `(01)08931234567897(10)A1`; `\(` is a bracket within a value.

    None if the text does not begin with a known AI in brackets: then it only looks like one.
    """
    close = text.find(")", 0, 6)
    if not text.startswith("(") or close < 0 or ai_values.find(text[1:close]) is None:
        return None
    elements = []  # type: list[list[str]]
    at = 0
    while at < len(text):
        close = text.find(")", at, at + 6)
        ai = text[at + 1 : close]
        if close < 0 or ai_values.find(ai) is None:
            raise CodeError(
                f"The bracket at character {at + 1} opens no AI; write \\( for a bracket within a value."
            )
        _refuse_more(elements)
        value, at = _value(text, ai, close + 1)
        elements.append([ai, value])
    return _checked(elements)


def _value(text: str, ai: str, at: int) -> "tuple[str, int]":
    """The AI's value that begins at `at`, up to the bracket that opens the next AI, and where that stands."""
    pieces = []  # type: list[str]
    while len(pieces) <= ai_values.longest(ai):  # each escaped bracket is a character
        end = text.find("(", at)
        if end <= at or text[end - 1] != "\\":
            end = len(text) if end < 0 else end
            pieces.append(text[at:end])
            return "".join(pieces), end
        pieces.append(text[at : end - 1] + "(")
        at = end + 1
    raise CodeError(f"The value of ({ai}) is too long; check how the code was made or read.")


def _refuse_more(elements: "list[list[str]]") -> None:
    if len(elements) >= MOST:
        raise CodeError(f"The code has more than {MOST} GS1 application identifiers; scan it again.")


def _checked(elements: "list[list[str]]") -> "list[list[str]]":
    for ai, value in elements:
        ai_values.check(ai, value)
    sentence = ai_rules.forbidden(elements)
    if sentence is not None:
        raise CodeError(f"{sentence} Check how the code was made.")
    return elements
