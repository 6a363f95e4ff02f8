"""Reading XLSX and CSV that somebody sends us: bounded in size, rows and columns, and never followed out.

An XLSX is a zip of XML. What it would unpack to is measured before it is parsed (zip bombs); the XML is
parsed by defusedxml, which refuses entities (XXE, billion laughs); formulas give their last value only.
"""

import csv
import io
import warnings
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from office.sheets import library

MOST_ROWS = 100_000
MOST_COLUMNS = 100
_LARGEST_UNPACKED = 300 * 1024 * 1024
_MOST_PARTS = 2000
_MOST_TEXTS = 2_000_000  # that cells share
_MOST_TAGS = 100_000  # of any other part, such as styles: the library makes an object of each, and keeps it
_EMPTY_ENOUGH = 500  # empty rows: nothing more will come
_CHUNK = 1024 * 1024
_TELL_EVERY = 100  # rows
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf", b"<")  # what people send by mistake
_GUARDED = ("=", "+", "-", "@", "\t", "\r")


Progress = Callable[[int, int], None]
"""Is told how many of how many rows are done."""


class SheetError(ValueError):
    """A file that cannot be read; says why in both languages."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi = vi


class Table(NamedTuple):
    """A sheet: its title, and its rows that hold anything, as (row number in the file, cells)."""

    title: str
    rows: list[tuple[int, list[Any]]]


def read(name: str, data: bytes, progress: Progress = lambda _done, _total: None) -> list[Table]:
    """The tables of a file: of an XLSX its sheets, of a CSV the one. Raises SheetError.

    `progress` is told of an XLSX; a CSV takes no time.
    """
    if data.startswith(b"PK"):
        return _read_xlsx(data, progress)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise SheetError(
            "Tệp .xls kiểu cũ; hãy lưu lại thành .xlsx.", "This is an old .xls file; save it as .xlsx."
        )
    if data.startswith(_OTHERS):
        raise SheetError(
            "Tệp này không phải Excel (.xlsx) hay CSV.", "This file is neither Excel (.xlsx) nor CSV."
        )
    return [Table(name.rpartition(".")[0] or name, list(_read_csv(data)))]


def _read_xlsx(data: bytes, progress: Progress) -> list[Table]:
    told = _teller(_measure(data), progress)
    library.load()
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of openpyxl, about styles that it does not keep
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            try:
                return [Table(sheet.title, list(_rows(sheet, told))) for sheet in book.worksheets]
            finally:
                book.close()
    except SheetError:
        raise
    except Exception as error:  # of the library's many, none is about us
        raise SheetError(
            f"Không đọc được tệp Excel này ({type(error).__name__}); hãy mở bằng Excel và lưu lại.",
            f"This Excel file cannot be read ({type(error).__name__}); open it in Excel and save it again.",
        ) from error


def _teller(total: int, progress: Progress) -> Callable[[], None]:
    """To be called for each row: tells now and then how many there were."""
    done = 0

    def told() -> None:
        nonlocal done
        done += 1
        if done % _TELL_EVERY == 0:
            progress(done, max(done, total))

    return told


def _measure(data: bytes) -> int:
    """Unpack everything into nothing, to know that it is not too much: a zip's own sizes can lie. Returns how many rows
    there are, near enough: what a sheet says of its own size can be missing, or a million."""
    too_large = SheetError(
        "Tệp này bung ra quá lớn; hãy chép các ô sang một tệp Excel mới rồi gửi lại.",
        "This file unpacks to far too much; copy the cells into a new Excel file, and send that.",
    )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS:
                raise too_large
            room, rows = _LARGEST_UNPACKED, 0
            for part in parts:
                tag, left = _counted(part.filename)
                with archive.open(part) as file:
                    while chunk := file.read(_CHUNK):
                        room -= len(chunk)
                        rows += chunk.count(b"<row ")
                        left -= chunk.count(tag) if tag else 0
                        if room < 0 or left < 0:
                            raise too_large
            return rows
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise SheetError("Tệp Excel bị hỏng.", "This Excel file is damaged.") from error


def _counted(part: str) -> tuple[bytes, int]:
    """What is counted in a part of a workbook, and how many may be; sheets are read row by row, so nothing in those."""
    if part.startswith("xl/worksheets/") or not part.endswith((".xml", ".rels")):
        return b"", 0
    return (b"<si", _MOST_TEXTS) if part == "xl/sharedStrings.xml" else (b"<", _MOST_TAGS)


def _rows(sheet: Any, told: Callable[[], None]) -> Iterator[tuple[int, list[Any]]]:
    empty = 0
    rows = sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS, values_only=True)
    for number, cells in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise _too_long()
        told()
        if any(cell not in (None, "") for cell in cells):
            empty = 0
            yield number, _trimmed(list(cells))
        else:
            empty += 1
            if empty > _EMPTY_ENOUGH:
                return


def _read_csv(data: bytes) -> Iterator[tuple[int, list[Any]]]:
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetError(
            "Tệp CSV không phải UTF-8; trong Excel hãy chọn “CSV UTF-8” khi lưu.",
            "This CSV is not UTF-8; in Excel choose “CSV UTF-8” when saving.",
        ) from error
    head = text[:4096].partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for count, cells in enumerate(reader, 1):
            if count > MOST_ROWS:
                raise _too_long()
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [_unguarded(cell) for cell in cells[:MOST_COLUMNS]]
    except csv.Error as error:
        raise SheetError(
            f"CSV hỏng ở dòng {reader.line_num}.", f"Bad CSV in line {reader.line_num}."
        ) from error


def _trimmed(cells: list[Any]) -> list[Any]:
    while cells and cells[-1] in (None, ""):
        cells.pop()
    return cells


def _unguarded(text: str) -> str:
    """What `writing.csv_bytes` put before a text that Excel would run."""
    return text[1:] if text[:1] == "'" and text[1:2] in _GUARDED else text


def _too_long() -> SheetError:
    return SheetError(
        f"Quá {MOST_ROWS:,} dòng; hãy chia nhỏ tệp.", f"More than {MOST_ROWS:,} rows; split the file."
    )
