"""Typed settings from TOML, with errors that name the file, the key and what is allowed.

A service describes its settings as msgspec Structs (`forbid_unknown_fields=True`) and calls `load`.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec

from config.exits import CommandError

T = TypeVar("T")


class SettingsError(CommandError):
    """A configuration file is missing, is no TOML, or has a wrong key or value."""


def is_web_address(text: str) -> bool:
    """Whether that is an address by http or https, with a host and a port that can be (RFC 3986, 3.2)."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def load(path: Path, kind: type[T]) -> T:
    """Read `path` as TOML into `kind`. Relative paths inside it are the caller's to resolve.

    Raises SettingsError: the file is missing or unreadable, the TOML is wrong (with line and
    column), a key is unknown or missing, or a value is not allowed (with what is).
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: cannot read this configuration file ({error.strerror}).") from error
    try:
        table = tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8 text; save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not valid TOML: {error}.") from error
    wrong = _wrong(table, kind, "")
    if wrong:
        raise SettingsError(f"{path}: {wrong}.")
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {_plain(str(error))}.") from error


def _wrong(value: Any, kind: Any, name: str) -> str:
    """msgspec says neither which keys nor which words are allowed; this does, at any depth.

    `name` is the dotted key of `value`. Returns what is wrong, "" if it is nothing of this sort.
    """
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    words = [word for option in options if get_origin(option) is Literal for word in get_args(option)]
    if words and not isinstance(value, (dict, list)) and value not in words:
        return f"{name}: {_toml(value)} is not allowed; allowed: {', '.join(map(_toml, words))}"
    for option in options:
        inner = ""
        if isinstance(value, dict) and isinstance(option, type) and issubclass(option, msgspec.Struct):
            inner = _wrong_table(value, option, name)
        elif isinstance(value, dict) and get_origin(option) is dict:
            inner = _first(_wrong(item, get_args(option)[1], f"{name}.{key}") for key, item in value.items())
        elif isinstance(value, list) and get_args(option):
            element = get_args(option)[0]
            inner = _first(_wrong(item, element, f"{name}[{n}]") for n, item in enumerate(value))
        if inner:
            return inner
    return ""


def _wrong_table(table: dict[str, Any], kind: type[msgspec.Struct], name: str) -> str:
    hints = get_type_hints(kind)
    for key, value in table.items():
        full = f"{name}.{key}" if name else key
        if key not in hints:
            near = difflib.get_close_matches(key, hints, n=1)
            advice = f"did you mean {near[0]!r}? " if near else ""
            return f"unknown key {full!r}; {advice}allowed here: {', '.join(sorted(hints))}"
        wrong = _wrong(value, hints[key], full)
        if wrong:
            return wrong
    return ""


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


_TYPES = {
    "object": "a table",
    "array": "a list",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
}


def _plain(message: str) -> str:
    """msgspec's message, in words of TOML: "printer.columns: expected a whole number, got a text"."""
    text, _, place = message.partition(" - at `$.")
    place = place.rstrip("`")
    missing = re.fullmatch("Object missing required field `(.+)`", text)
    if missing:
        return f"the key {'.'.join(filter(None, (place, missing[1])))!r} is missing"
    text = re.sub("`([a-z]+)`", lambda found: _TYPES.get(found[1], found[0]), text)
    return f"{place}: {text[0].lower()}{text[1:]}" if place else text
