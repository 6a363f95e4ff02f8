"""GS1 Digital Link URIs, uncompressed: `https://host/any/stem/01/GTIN[/22/..][/10/..][/21/..]?17=...`

Where GS1's engine and the standard's text differ, this follows the engine: only `&` parts the query's
parameters, and a parameter without `=` says nothing. Unlike the engine it reads past a user part.
"""

from scanner import ai_rules, ai_values, characters, check_digits, compressed_links
from scanner.ai_table import KEYS
from scanner.element_strings import MOST
from scanner.errors import CodeError

_ALNUM = characters.DIGITS + characters.LETTERS
_IN_URI = _ALNUM + "-._~:/?#[]@!$&'()*+,;=%"
_IN_HOST = _ALNUM + "-.:[]"
_SCHEMES = ("https://", "HTTPS://", "http://", "HTTP://")
_LONGEST_VALUE = 270  # characters: 90, each percent-coded


def read(text: str) -> "tuple[str, list[list[str]]] | None":
    """Host in capitals (no user, no port) and [AI, value] pairs, path first; None for any other text.

    A web address counts as a Digital Link if its path ends in AI and value pairs that begin with one
    of GS1's keys, followed by what could be its value; from there on a mistake is a CodeError. So is
    an address that only a compressed Digital Link can be.
    """
    if not text.startswith(_SCHEMES) or not characters.only(text, _IN_URI):
        return None
    rest = text[text.find(":") + 3 :].partition("#")[0]
    rest, _, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    host = _host(authority)
    if host is None:
        return None
    segments = path.split("/")
    at = _find_key(segments)
    if at < 0:
        _refuse_near_misses(segments)
        return None
    elements = _path_elements(segments, at)
    elements.extend(_query_elements(query, elements))
    for ai, value in elements:
        ai_values.check(ai, value)
    sentence = ai_rules.forbidden(elements)
    if sentence is not None:
        raise CodeError(f"{sentence} Check how the GS1 Digital Link was made.")
    return host, elements


def unescape(text: str, query: bool = False) -> str:
    """Percent decoding, one character a byte; `+` is a space in a query. What is no escape stays."""
    if query:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    first, *parts = text.split("%")
    out = [first]
    for part in parts:
        if len(part) > 1 and characters.only(part[:2], characters.HEX):
            out.append(chr(int(part[:2], 16)) + part[2:])
        else:
            out.append("%" + part)
    return "".join(out)


def _host(authority: str) -> "str | None":
    """The host in capitals, without user, port or the root's dot; None if it has characters of no host.

    As in GS1's engine only the characters are judged, so that no future form of host is shut out.
    """
    host = authority.split("@")[-1]
    if not host or not characters.only(host, _IN_HOST):
        return None
    bracket = host.find("]") if host.startswith("[") else -1
    host = host.split(":")[0] if bracket < 0 else host[: bracket + 1]
    return (host[:-1] if host.endswith(".") else host).upper()


def _find_key(segments: "list[str]") -> int:
    """Where the rightmost key stands, walking back over AI and value pairs; -1 for none."""
    last = max(0, len(segments) - 2 * MOST)
    for at in range(len(segments) - 2, last - 1, -2):
        ai = segments[at]
        if ai in KEYS and _could_be_value(ai, segments[at + 1]):
            return at
        if ai_values.find(ai) is None:
            break
    return -1


def _could_be_value(key: str, value: str) -> bool:
    """False for `/01/spring-menu` and `/401/login`: many addresses have such numbers in their path.

    Every key begins with the digits of a company, those of one kind with six digits and more.
    """
    spec = ai_values.find(key)
    digits = 6 if spec is not None and spec.components[0].kind == "N" else 4
    start = unescape(value[: 3 * digits])[:digits]
    return len(start) == digits and characters.is_digits(start)


def _refuse_near_misses(segments: "list[str]") -> None:
    """CodeError for a compressed Digital Link, and for a GTIN that is followed by no pairs."""
    has_key = len(segments) > 2 and segments[-3] in KEYS and _could_be_value(segments[-3], segments[-2])
    if compressed_links.is_packed(segments[-1], has_key):
        raise CodeError(
            "This is a compressed GS1 Digital Link, which is not read here; "
            "scan the product's other barcode, or look up its GTIN."
        )
    if "01" not in segments:
        return
    for at in range(len(segments) - 1):
        value = segments[at + 1]
        if segments[at] == "01" and 14 <= len(value) <= 42 and check_digits.is_gtin14(unescape(value)):
            raise CodeError(
                "What follows the GTIN in the GS1 Digital Link's path is not AI and value, pair by pair."
            )


def _path_elements(segments: "list[str]", at: int) -> "list[list[str]]":
    elements = []
    for place in range(at, len(segments), 2):
        ai, raw = segments[place], segments[place + 1]
        if not raw:
            raise CodeError(f"({ai}) has no value in the GS1 Digital Link's path.")
        elements.append([ai, _value(ai, raw, False)])
    if not _in_order(segments[at], [ai for ai, _ in elements[1:]]):
        raise CodeError(f"What follows ({segments[at]}) in the GS1 Digital Link's path is not allowed there.")
    return elements


def _value(ai: str, raw: str, query: bool) -> str:
    if len(raw) > _LONGEST_VALUE:
        raise CodeError(f"The value of ({ai}) is too long; check how the GS1 Digital Link was made.")
    return unescape(raw, query)


def _in_order(key: str, qualifiers: "list[str]") -> bool:
    for sequence in KEYS[key].split("|"):
        if [ai for ai in sequence.split(",") if ai in qualifiers] == qualifiers:
            return True
    return False


def _allowed_qualifiers(key: str, present: "list[str]") -> "list[str]":
    """The qualifiers of the key that could stand in the path beside those present."""
    allowed = []  # type: list[str]
    for sequence in KEYS[key].split("|"):
        names = sequence.split(",")
        if all(ai in names for ai in present):
            allowed.extend(names)
    return allowed


def _query_elements(query: str, path: "list[list[str]]") -> "list[list[str]]":
    elements = []
    seen = [ai for ai, _ in path]
    belongs_in_path = _allowed_qualifiers(seen[0], seen[1:])
    count = len(path)
    for pair in query.split("&"):
        if not pair:
            continue
        count += 1
        if count > MOST:
            raise CodeError(f"The GS1 Digital Link has more than {MOST} elements and parameters.")
        ai, equals, raw = pair.partition("=")
        if not equals or not characters.is_digits(ai):
            continue
        if not ai_values.is_attribute(ai) or ai in belongs_in_path:
            raise CodeError(f"({ai[:4]}) may not stand in the query of this GS1 Digital Link.")
        if ai in seen or not raw:
            raise CodeError(f"({ai}) stands twice in the GS1 Digital Link, or has no value.")
        seen.append(ai)
        elements.append([ai, _value(ai, raw, True)])
    return elements
