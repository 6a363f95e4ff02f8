"""Writing XLSX (typed cells, real dates and numbers) and CSV (UTF-8 with BOM, as Excel wants it).

No text ever becomes a formula: in XLSX it is stored as text, in CSV an apostrophe goes before what Excel
would run.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from office.sheets import library

_GUARDED = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 32_767  # letters of a cell
_FONT = "Calibri"  # openpyxl's own for plain cells
_FORMATS = {
    "date": "dd/mm/yyyy",
    "moment": "dd/mm/yyyy hh:mm",
    "money": "#,##0",
    "integer": "#,##0",
    "degrees": "0.00000",
    "dong": '#,##0 "₫"',
    "percent": "0.0%",
    "change": "+0.0%;-0.0%;0.0%",
    "ratio": "0.0",
}
_CODES = ("gtin", "id", "code", "ref")  # of what is typed below them, Excel keeps zeros at the front
_WIDTHS = {"date": 13, "moment": 17, "money": 14, "integer": 11, "degrees": 12, "gtin": 16, "long": 40}


class Column(NamedTuple):
    """A column: its header, and what stands in it: text, long, date, moment, money, dong (money with its sign),
    integer, degrees, percent and change (shares of one), ratio, right (text), ... ."""

    header: str
    type: str = "text"
    width: int = 0  # letters; 0: by type


class Typed(NamedTuple):
    """A cell of another type than its column."""

    value: Any
    type: str


class Sheet(NamedTuple):
    """A table to write; cells are None, text, int, float, bool, date, datetime (local) or Typed."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    total: Sequence[Any] = ()  # a last row that adds up the others


def xlsx_bytes(sheets: Iterable[Sheet]) -> bytes:
    """An XLSX with these sheets: headers frozen and with filters, columns wide enough to read."""
    library.load()
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    for table in sheets:
        _fill(book.create_sheet(table.title[:31]), table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, table: Sheet) -> None:
    """Write the table into an empty sheet, of which openpyxl wants the looks before the first row."""
    from openpyxl.utils import get_column_letter

    _lay_out(sheet, table.columns)
    # What stands right of a figure keeps away from it.
    beside = [before.type in _RIGHT for before in (_NONE, *table.columns)]
    sheet.append([_head(sheet, column, far) for column, far in zip(table.columns, beside, strict=False)])
    types = [
        "beside" if column.type in ("text", "bool") and far else column.type
        for column, far in zip(table.columns, beside, strict=False)
    ]
    count = 1
    for row in table.rows:
        # A cell of its own costs ten times a bare value: only where it needs a format, or is no formula.
        sheet.append(
            [
                value if value is None or _bare(value, type_) else _cell(sheet, *_typed(value, type_))
                for value, type_ in zip(row, types, strict=True)
            ]
        )
        count += 1
    if table.total:
        sheet.append(_sums(sheet, table.total, types))
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(types))}{count}"


def _lay_out(sheet: Any, columns: Sequence[Column]) -> None:
    """The widths of the columns; the header stays in sight; on paper A4 across, each page with header, title and number."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.freeze_panes = "A2"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0  # as wide as one page, as long as need be
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    sheet.HeaderFooter.oddHeader.center.text = "&A"
    sheet.HeaderFooter.oddFooter.right.text = "&P / &N"
    for number, column in enumerate(columns, 1):
        width = column.width or max(_WIDTHS.get(column.type, 22), min(len(column.header) + 3, 40))
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = width
        if column.type in _CODES:
            dimension.number_format = "@"


def _cell(sheet: Any, value: Any, type_: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    made = WriteOnlyCell(sheet, value=_plain(value))
    if isinstance(value, str):
        made.data_type = "s"  # never a formula
    elif type_ in _FORMATS:
        made.number_format = _FORMATS[type_]
    if type_ == "long":
        made.alignment = Alignment(horizontal="left", indent=1, wrap_text=True, vertical="top")
    elif type_ in ("date", "moment"):
        made.alignment = Alignment(horizontal="center")
    elif type_ == "beside":
        made.alignment = Alignment(horizontal="left", indent=1)
    return made


def _head(sheet: Any, column: Column, beside: bool) -> Any:
    from openpyxl.styles import Alignment, Font, PatternFill

    made = _cell(sheet, column.header, "text")
    made.font = Font(name=_FONT, bold=True, color="FFFFFF")
    made.fill = PatternFill("solid", start_color="1C5A3C")
    side = "right" if column.type in _RIGHT else "center" if column.type in ("date", "moment") else None
    far = side is None and (beside or column.type == "long")
    made.alignment = Alignment(
        horizontal="left" if far else side, indent=int(far), wrap_text=True, vertical="center"
    )
    return made


def _sums(sheet: Any, total: Sequence[Any], types: Sequence[str]) -> list[Any]:
    from openpyxl.styles import Border, Font, Side

    cells = [_cell(sheet, *_typed(value, type_)) for value, type_ in zip(total, types, strict=True)]
    for made in cells:
        made.font = Font(name=_FONT, bold=True)
        made.border = Border(top=Side(style="thin"))
    return cells


def csv_bytes(sheet: Sheet) -> bytes:
    """The sheet as CSV, dates and numbers as Vietnamese write them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.header for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow(
            [_text(*_typed(value, column.type)) for value, column in zip(row, sheet.columns, strict=True)]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


_NONE = Column("")
_RIGHT = ("money", "dong", "integer", "degrees", "percent", "change", "ratio", "right")


def _typed(value: Any, type_: str) -> tuple[Any, str]:
    return (value.value, value.type) if isinstance(value, Typed) else (value, type_)


def _bare(value: Any, type_: str) -> bool:
    text = isinstance(value, str)
    return (
        text
        and type_ not in ("long", "beside")
        and value.isprintable()
        and value[:1] != "="
        and len(value) < _LONGEST
    )


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(letter for letter in value[:_LONGEST] if letter >= " " or letter in "\n\t")
    return value


def _text(value: Any, type_: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float):
        percent = f"{100 * value:.1f}%"
        form = {"degrees": f"{value:.5f}", "percent": percent, "change": percent, "ratio": f"{value:.1f}"}
        return form.get(type_, f"{value}").replace(".", ",")
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_GUARDED) else text
