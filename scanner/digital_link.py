"""GS1 Digital Link URIs, uncompressed: `https://host/any/stem/01/GTIN[/22/..][/10/..][/21/..]?17=...`"""

from scanner import ai_values, characters, check_digits
from scanner.ai_table import KEYS
from scanner.errors import CodeError

_ALNUM = characters.DIGITS + characters.LETTERS
_IN_URI = _ALNUM + "-._~:/?#[]@!$&'()*+,;=%"
_IN_HOST = _ALNUM + "-._"
_IN_IP6 = characters.HEX + ":."
_SCHEMES = ("https://", "HTTPS://", "http://", "HTTP://")


def read(text: str) -> "tuple[str, list[list[str]]] | None":
    """Host in capitals (no port, no user) and [AI, value] pairs, path first; None for any other text.

    A web address counts as a Digital Link if its path ends in AI and value pairs that begin with one
    of GS1's keys, followed by what could be its value; from there on a mistake is a CodeError.
    """
    for scheme in _SCHEMES:
        if text.startswith(scheme):
            break
    else:
        return None
    if not characters.only(text, _IN_URI):
        return None
    rest = text[len(scheme) :].partition("#")[0]
    rest, _, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    host = _host(authority)
    segments = path.split("/")
    at = _find_key(segments)
    if host is None or at < 0:
        return None
    elements = _path_elements(segments, at)
    elements.extend(_query_elements(query, elements))
    for ai, value in elements:
        ai_values.check(ai, value)
    return host, elements


def unescape(text: str, query: bool = False) -> str:
    """Percent decoding, one character a byte; `+` is a space in a query. What is no escape stays."""
    if query:
        text = text.replace("+", " ")
    first, *parts = text.split("%")
    out = [first]
    for part in parts:
        if len(part) > 1 and characters.only(part[:2], characters.HEX):
            out.append(chr(int(part[:2], 16)) + part[2:])
        else:
            out.append("%" + part)
    return "".join(out)


def _host(authority: str) -> "str | None":
    """The host in capitals, without user, port or the root's dot; None if it is no host."""
    host = authority.split("@")[-1]
    if host.startswith("["):
        inside, bracket, port = host[1:].partition("]")
        if not bracket or not inside or not characters.only(inside, _IN_IP6) or (port and port[0] != ":"):
            return None
        return host[: len(inside) + 2].upper()
    host = host.split(":")[0]
    if host.endswith("."):
        host = host[:-1]
    return host.upper() if host and characters.only(host, _IN_HOST) else None


def _find_key(segments: "list[str]") -> int:
    """Where the rightmost key stands, walking back over AI and value pairs; -1 for none."""
    for at in range(len(segments) - 2, -1, -2):
        if segments[at] in KEYS and _could_be_value(segments[at], segments[at + 1]):
            return at
    for at in range(len(segments) - 3, -1, -2):
        if segments[at] == "01" and check_digits.is_gtin14(unescape(segments[at + 1])):
            raise CodeError("The GS1 Digital Link has a piece of its path too many or too few.")
    return -1


def _could_be_value(key: str, value: str) -> bool:
    """False for `/01/spring-menu`: many addresses have a two-digit month or page in their path."""
    spec = ai_values.spec_of(key) or ""
    return "N" not in spec[:3] or (len(value) > 5 and characters.is_digits(value[:6]))


def _path_elements(segments: "list[str]", at: int) -> "list[list[str]]":
    elements = []
    for place in range(at, len(segments), 2):
        ai, value = segments[place], unescape(segments[place + 1])
        if not value:
            raise CodeError(f"({ai}) has no value in the GS1 Digital Link's path.")
        elements.append([ai, value])
    if not _in_order(segments[at], [ai for ai, _ in elements[1:]]):
        raise CodeError(f"What follows ({segments[at]}) in the GS1 Digital Link's path is not allowed there.")
    return elements


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
    for pair in query.replace(";", "&").split("&"):
        ai, _, value = pair.partition("=")
        ai = unescape(ai, query=True)
        if not characters.is_digits(ai):
            continue
        if not ai_values.is_attribute(ai) or ai in belongs_in_path:
            raise CodeError(f"({ai[:4]}) may not stand in the query of this GS1 Digital Link.")
        if ai in seen or not value:
            raise CodeError(f"({ai}) stands twice in the GS1 Digital Link, or has no value.")
        seen.append(ai)
        elements.append([ai, unescape(value, query=True)])
    return elements
