"""GS1 element strings: as barcodes carry them (FNC1 is U+001D) and as people write them, in brackets."""

from scanner import ai_values
from scanner.errors import CodeError

FNC1 = "\x1d"


def read(data: str) -> "list[list[str]]":
    """The [AI, value] pairs of a barcode's data, which here is without the FNC1 that comes first.

    One FNC1 too many after a value of predefined length is let pass, as is one at the end.
    """
    if not data:
        raise CodeError("The GS1 code is empty; scan it again.")
    elements = []
    at = 0
    while at < len(data):
        ai = ai_values.starts(data, at)
        if not ai:
            raise CodeError(
                f"No GS1 application identifier begins at character {at + 1}; scan the code again."
            )
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
    if not text.startswith("(") or close < 0 or ai_values.spec_of(text[1:close]) is None:
        return None
    elements = []
    for part in _split(text):
        ai, bracket, value = part.partition(")")
        if not bracket or not value:
            raise CodeError(
                f"({ai[:4]}) has no value; write (AI)value, and \\( for a bracket within a value."
            )
        elements.append([ai, value])
    return _checked(elements)


def _split(text: str) -> "list[str]":
    """The parts behind each bracket that opens an AI. Joined again where a backslash precedes it."""
    parts = []
    held = ""
    for part in text[1:].split("("):
        held += part
        if held.endswith("\\"):
            held = held[:-1] + "("
        else:
            parts.append(held)
            held = ""
    if held:
        parts.append(held)
    return parts


def _checked(elements: "list[list[str]]") -> "list[list[str]]":
    seen = {}  # type: dict[str, str]
    for ai, value in elements:
        ai_values.check(ai, value)
        if seen.get(ai, value) != value:
            raise CodeError(f"({ai}) stands there twice with different values; check how the code was made.")
        seen[ai] = value
    return elements
