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


Words = tuple[str, str]
"""Vietnamese and English."""


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
        raise SettingsError(
            f"{path}: cannot read this configuration file ({error.strerror}).",
            vi=f"{path}: không đọc được tệp cấu hình này ({error.strerror}).",
        ) from error
    try:
        table = tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path}: is not UTF-8 text; save it as UTF-8.",
            vi=f"{path}: không phải văn bản UTF-8; hãy lưu dạng UTF-8.",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{path}: is not valid TOML: {error}.", vi=f"{path}: không đúng cú pháp TOML: {error}."
        ) from error
    wrong = _wrong(table, kind, "")
    if wrong:
        raise _refused(path, wrong)
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise _refused(path, _plain(str(error))) from error


def _refused(path: Path, wrong: Words) -> SettingsError:
    vi, en = wrong
    return SettingsError(f"{path}: {en}.", vi=f"{path}: {vi}.")


def _wrong(value: Any, kind: Any, name: str) -> Words | None:
    """msgspec says neither which keys nor which words are allowed; this does, at any depth.

    `name` is the dotted key of `value`. Returns what is wrong, None if it is nothing of this sort.
    """
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    words = [word for option in options if get_origin(option) is Literal for word in get_args(option)]
    if words and not isinstance(value, (dict, list)) and value not in words:
        given, allowed = _toml(value), ", ".join(map(_toml, words))
        return (
            f"{name}: không được viết {given}; chỉ được viết: {allowed}",
            f"{name}: {given} is not allowed; allowed: {allowed}",
        )
    for option in options:
        inner = None
        if isinstance(value, dict) and isinstance(option, type) and issubclass(option, msgspec.Struct):
            inner = _wrong_table(value, option, name)
        elif isinstance(value, dict) and get_origin(option) is dict:
            inner = _first(_wrong(item, get_args(option)[1], f"{name}.{key}") for key, item in value.items())
        elif isinstance(value, list) and get_args(option):
            element = get_args(option)[0]
            inner = _first(_wrong(item, element, f"{name}[{n}]") for n, item in enumerate(value))
        if inner:
            return inner
    return None


def _wrong_table(table: dict[str, Any], kind: type[msgspec.Struct], name: str) -> Words | None:
    hints = get_type_hints(kind)
    for key, value in table.items():
        full = f"{name}.{key}" if name else key
        if key not in hints:
            near = difflib.get_close_matches(key, hints, n=1)
            vi, en = (f"ý là {near[0]!r}? ", f"did you mean {near[0]!r}? ") if near else ("", "")
            known = ", ".join(sorted(hints))
            return (
                f"không có khoá {full!r}; {vi}ở đây được viết: {known}",
                f"unknown key {full!r}; {en}allowed here: {known}",
            )
        wrong = _wrong(value, hints[key], full)
        if wrong:
            return wrong
    return None


def _first(found: Iterable[Words | None]) -> Words | None:
    return next(filter(None, found), None)


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


_TYPES = {
    "object": ("một bảng", "a table"),
    "array": ("một danh sách", "a list"),
    "str": ("một chuỗi chữ", "a text"),
    "int": ("một số nguyên", "a whole number"),
    "float": ("một số", "a number"),
    "bool": ("true hoặc false", "true or false"),
}
# msgspec's other words, in Vietnamese.
_WORDS = {"Expected": "cần", "got": "đang là", "of length": "dài", "matching regex": "theo mẫu"}


def _plain(message: str) -> Words:
    """msgspec's message, in words of TOML: "printer.columns: expected a whole number, got a text"."""
    text, _, place = message.partition(" - at `$.")
    place = place.rstrip("`")
    missing = re.fullmatch("Object missing required field `(.+)`", text)
    if missing:
        name = ".".join(filter(None, (place, missing[1])))
        return f"thiếu khoá {name!r}", f"the key {name!r} is missing"
    en = _typed(text[0].lower() + text[1:], 1)
    vi = _typed(re.sub("|".join(_WORDS), lambda found: _WORDS[found[0]], text), 0)
    return (f"{place}: {vi}", f"{place}: {en}") if place else (vi, en)


def _typed(text: str, language: int) -> str:
    return re.sub("`([a-z]+)`", lambda found: _TYPES.get(found[1], (found[0],) * 2)[language], text)
