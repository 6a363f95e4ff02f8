"""What the shell commands share: their shape, a transaction, and who works."""

import argparse
import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from config.exits import CommandError
from office import database, setup
from office.settings import Settings

Options = argparse.Namespace
Work = Callable[[Settings, Options], tuple[dict[str, Any], str]]
"""A command: gives its result as JSON, and in words."""


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
        raise CommandError("the two differ; nothing was changed.")
    return given
