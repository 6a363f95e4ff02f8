"""Typed settings from TOML, with errors that name the file, the key and what is allowed.

A service describes its settings as msgspec Structs (`forbid_unknown_fields=True`) and calls `load`.
"""

import difflib
import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import msgspec

from config.exits import CommandError

T = TypeVar("T")


class SettingsError(CommandError):
    """A configuration file is missing, is no TOML, or has a wrong key or value."""


def load(path: Path, kind: type[T]) -> T:
    """Read `path` as TOML into `kind`. Relative paths inside it are the caller's to resolve.

    Raises SettingsError: the file is missing or unreadable, the TOML is wrong (with line and
    column), a key is unknown (with the nearest allowed ones) or a value is out of bounds.
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
    _refuse_unknown(path, table, kind, ())
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {_plain(str(error))}.") from error


def _refuse_unknown(path: Path, table: dict[str, Any], kind: Any, where: tuple[str, ...]) -> None:
    """msgspec names one unknown key without saying what is allowed; we say both, at any depth."""
    hints = get_type_hints(kind)
    for key, value in table.items():
        name = ".".join((*where, key))
        if key not in hints:
            near = difflib.get_close_matches(key, hints, n=1)
            advice = f"did you mean {near[0]!r}?" if near else "allowed here: " + ", ".join(sorted(hints))
            raise SettingsError(f"{path}: unknown key {name!r}; {advice}")
        inner = hints[key]
        if isinstance(value, dict) and _is_struct(inner):
            _refuse_unknown(path, value, inner, (*where, key))
        elif isinstance(value, list):
            (element,) = getattr(inner, "__args__", (None,))[:1]
            for number, item in enumerate(value):
                if isinstance(item, dict) and _is_struct(element):
                    _refuse_unknown(path, item, element, (*where, f"{key}[{number}]"))


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _plain(message: str) -> str:
    """msgspec says "... - at `$.printer.columns`"; people read "printer.columns: ..." more easily."""
    text, _, place = message.partition(" - at `$.")
    return f"{place.rstrip('`')}: {text}" if place else message
