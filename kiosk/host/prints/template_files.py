"""A technician's template: a file beside outlet.toml. The last text without an error is kept in outlet.db and
prints while the file is wrong."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kiosk.host.data.database import fact, set_fact
from kiosk.host.data.journal import Writer

LONGEST: Final = 32 * 1024  # bytes

Fault = tuple[int, str]  # a line (0: the whole file), and what is wrong: "Vietnamese / English"


class TemplateFile:
    """One template. `fault` judges a text; `text` is the good one ("": the one that ships), `problem` one sentence
    about what is wrong with the file, or ""."""

    def __init__(
        self,
        db: sqlite3.Connection,
        writer: Writer,
        file: Path,
        name: str,
        fault: Callable[[str], Fault | None],
    ) -> None:
        """`name` is the fact of outlet.db that keeps the good text."""
        self._writer = writer
        self._file = file
        self._name = name
        self._fault = fault
        self._seen: tuple[int, int] | None = (-1, -1)  # when the file was last changed, and its size
        self.text = fact(db, name) or ""
        self.problem = ""

    async def read(self) -> str:
        """The text that prints; looks at the file where it changed. Raises StorageError."""
        try:
            status = self._file.stat()
            seen = (status.st_mtime_ns, status.st_size)
        except OSError:
            seen = None  # no file: the one that ships
        if seen == self._seen:
            return self.text
        text, error = "", None
        if seen is not None:
            try:
                text = self._file.read_bytes()[: LONGEST + 1].decode("utf-8")
                error = too_long(text) or self._fault(text)
            except (OSError, UnicodeDecodeError) as failure:
                error = (0, f"không đọc được ({failure}) / cannot be read ({failure})")
        if error is None and text != self.text:
            await self._writer.write(lambda db: set_fact(db, self._name, text))
            self.text = text
        self._seen, self.problem = seen, _sentence(self._file.name, error)
        return self.text


def too_long(text: str) -> Fault | None:
    """The fault of a text that no template is as long as."""
    if len(text.encode()) <= LONGEST:
        return None
    return 1, f"dài hơn {LONGEST // 1024} KiB / longer than {LONGEST // 1024} KiB"


def _sentence(name: str, error: Fault | None) -> str:
    if error is None:
        return ""
    number, (vietnamese, _, english) = error[0], error[1].partition(" / ")
    where = (f" sai ở dòng {number}", f" is wrong in line {number}") if number else ("", "")
    return (
        f"Mẫu in {name}{where[0]}: {vietnamese}; vẫn in theo mẫu tốt gần nhất. / "
        f"The template {name}{where[1]}: {english}; the last good one prints."
    )
