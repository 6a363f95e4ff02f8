"""What the shell commands share: their shape, a transaction, and who works."""

import argparse
import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import Connection

from config.exits import CommandError
from office import setup
from office.settings import Settings
from office.storage import database

Options = argparse.Namespace
Work = Callable[[Settings, Options], tuple[dict[str, Any], str]]
"""A command: gives its result as JSON, and in words."""
Add = Callable[..., object]
"""Adds an argument to a command: argparse's `add_argument`."""
Command = Callable[..., Add]
"""Adds a command: name, work, what it does, and the group it is in if any."""
Group = Callable[[str, str], Any]
"""Adds a group of commands: name, what they are about."""


@contextmanager
def writing(settings: Settings) -> Iterator[Connection]:
    """A transaction in the office's database. Raises CommandError when it cannot be opened."""
    engine = setup.open_database(settings)
    try:
        with database.writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def who() -> str:
    """Who works at this shell, for the audit."""
    return f"shell:{getpass.getuser()}"


def secret(prompt: str, again: bool = False) -> str:
    """A password from the terminal, unseen, and twice if it is a new one; from a pipe, its next line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    given = getpass.getpass(prompt)
    if again and getpass.getpass("Again: ") != given:
        raise CommandError("the two differ; nothing was changed.", vi="hai lần gõ khác nhau; không đổi gì.")
    return given


def gtin(text: str) -> str:
    """A GTIN of 8 to 14 digits, as 14. An argument's type."""
    if not (text.isascii() and text.isdigit()) or len(text) > 14:
        raise argparse.ArgumentTypeError(f"{text!r} is no GTIN")
    return text.rjust(14, "0")


def day(text: str) -> date:
    """A date. An argument's type."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2026-11-23") from error
