"""Which GS1 application identifiers need or exclude which others in one code.

GS1's engine never takes a code whose AIs exclude each other, contradict each other, or put a digital
signature on a key without serial (`forbidden`). Whether an AI has those it needs beside it is its
caller's to ask, for they may stand in another code on the same item; so we read such a code and tell
(`missing`). (GS1 General Specifications, 4.13 and 4.14.)
"""

from scanner import ai_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence

_SIGNATURE = "8030"
_SERIAL_OPTIONAL = ("253", "255", "8003")  # keys that name one item only if their serial part is there


def broken(elements: "Sequence[Sequence[str]]") -> "str | None":
    """The first rule that the [AI, value] pairs break, as a sentence that names the AIs; None if they hold."""
    return forbidden(elements) or missing(elements)


def forbidden(elements: "Sequence[Sequence[str]]") -> "str | None":
    """The first rule broken of those for which a code is refused, as a sentence; None if they hold."""
    return excluded(elements) or repeated(elements) or unserialised(elements)


def excluded(elements: "Sequence[Sequence[str]]") -> "str | None":
    """A pair of AIs that exclude each other."""
    present = _present(elements)
    for ai in _each(elements):
        known = ai_values.find(ai)
        for pattern in known.excludes if known else ():
            for other in present.get(pattern, ()):
                if other != ai:
                    return f"({ai}) and ({other}) exclude each other."
    return None


def missing(elements: "Sequence[Sequence[str]]") -> "str | None":
    """An AI without those it needs beside it."""
    present = _present(elements)
    for ai in _each(elements):
        known = ai_values.find(ai)
        for groups in known.needs if known else ():
            if not any(all(_others(present, pattern, ai) for pattern in group) for group in groups):
                wanted = " or ".join([" with ".join([f"({name})" for name in group]) for group in groups])
                return f"({ai}) needs {wanted} beside it."
    return None


def repeated(elements: "Sequence[Sequence[str]]") -> "str | None":
    """An AI that stands there twice with different values."""
    seen = {}  # type: dict[str, str]
    for ai, value in elements:
        if seen.get(ai, value) != value:
            return f"({ai}) stands there twice with different values."
        seen[ai] = value
    return None


def unserialised(elements: "Sequence[Sequence[str]]") -> "str | None":
    """A key without its serial part beside a digital signature, which signs one item."""
    if _SIGNATURE not in [ai for ai, _ in elements]:
        return None
    for ai, value in elements:
        known = ai_values.find(ai)
        if ai in _SERIAL_OPTIONAL and known is not None and len(value) <= known.shortest:
            return f"({ai}) needs its serial part beside a digital signature ({_SIGNATURE})."
    return None


def _each(elements: "Sequence[Sequence[str]]") -> "list[str]":
    """The AIs in order, each once, so that what is told does not depend on a dict's order."""
    found = []
    seen = {}  # type: dict[str, bool]
    for ai, _ in elements:
        if ai not in seen:
            seen[ai] = True
            found.append(ai)
    return found


def _present(elements: "Sequence[Sequence[str]]") -> "dict[str, list[str]]":
    """AI, and each pattern it fits (310n, 31nn), -> the AIs that are there."""
    present = {}  # type: dict[str, list[str]]
    for ai in _each(elements):
        names = [ai]
        if len(ai) == 4:
            names.extend([ai[:3] + "n", ai[:2] + "nn"])
        for name in names:
            present.setdefault(name, []).append(ai)
    return present


def _others(present: "dict[str, list[str]]", pattern: str, ai: str) -> bool:
    return any(other != ai for other in present.get(pattern, ()))
