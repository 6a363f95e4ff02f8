"""Reports on paper: A4 by reportlab, with the charts' own shapes as vectors and DejaVu Sans for every letter.

reportlab is loaded at the first PDF only: it takes 20 MB that an office may never need.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from config import exits
from office.charts.shapes import Area, Dot, Drawing, Line, Rect, Shape, Text
from office.reporting.report import Figure, Part, Report
from office.sheets import Sheet

FONTS = Path("/usr/share/fonts/truetype/dejavu")
_POINT = 0.75  # a px of a chart
_MARGIN = 42.0
_WIDTH = 595.28 - 2 * _MARGIN
_CHART = int(_WIDTH / _POINT)
_GREEN, _INK, _SOFT, _RULE, _TRACK = "#1c5a3c", "#2a2119", "#665847", "#e4d8c3", "#f0e7d6"
_FILLS = {
    "bar": _GREEN, "before": "#c98a1b", "track": _TRACK, "before-dot": "#c98a1b", "line-dot": "#1257a8",
    "line-2-dot": "#c98a1b", "land": "#f3e9d2", "sea": "#dcebf3", "place": _GREEN, "share-0": "#134029",
    "share-1": "#3f7d5c", "share-2": "#7fae93", "share-3": "#c98a1b", "share-4": "#e8c27a", "share-5": "#d5cdbf",
}  # fmt: skip
_LINES = {
    "grid": (_RULE, 0.6),
    "line": ("#1257a8", 1.8),
    "line-2": ("#c98a1b", 1.8),
    "before": ("#c98a1b", 1.5),
}
FIGURES = {"money", "integer", "percent", "ratio", "right"}

Write = Callable[[Any, str], str]
"""Writes a cell's value of a column's type."""


def pdf(report: Report, write: Write, page_words: str, made: str) -> bytes:
    """The report; `page_words` is the word for a page, `made` stands at the foot. Raises CommandError without fonts."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    _load_fonts()
    style = _styles()
    out = io.BytesIO()

    def foot(canvas: Any, document: Any) -> None:
        canvas.setFont("Report", 7.5)
        canvas.setFillColor(_SOFT)
        canvas.drawString(_MARGIN, 24, made)
        canvas.drawRightString(A4[0] - _MARGIN, 24, f"{page_words} {document.page}")

    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=_MARGIN - 6, rightMargin=_MARGIN - 6, topMargin=34, bottomMargin=38,
        title=report.title, author=made, lang="vi",
    )  # fmt: skip
    story: list[Any] = [
        Paragraph(escape(report.title), style["title"]),
        Paragraph(escape(report.told), style["told"]),
    ]
    story += [_figures(report.figures, write, style), Spacer(1, 10)]
    waiting: list[Part] = []
    for part in report.parts:
        if part.half and part.charts:
            waiting.append(part)
        if waiting and (len(waiting) == 2 or not part.half):
            story.append(_beside(waiting, style))
            waiting = []
        if not (part.half and part.charts):
            story += _part(part, write, style)
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _load_fonts() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    for name, file in (("Report", "DejaVuSans.ttf"), ("Report-Bold", "DejaVuSans-Bold.ttf")):
        try:
            pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))
        except (TTFError, OSError) as error:
            raise exits.CommandError(
                f"{FONTS / file}: the font for PDF cannot be opened; run `apt install fonts-dejavu-core`.",
                exits.FAILED,
                vi=f"{FONTS / file}: không mở được phông chữ cho PDF; chạy `apt install fonts-dejavu-core`.",
            ) from error


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    def made(size: float, bold: bool = False, color: str = _INK, **more: Any) -> Any:
        font = "Report-Bold" if bold else "Report"
        return ParagraphStyle(
            font + str(size), fontName=font, fontSize=size, leading=1.35 * size, textColor=color, **more
        )

    return {
        "title": made(15, True, _GREEN), "told": made(8.5, False, _SOFT, spaceAfter=8), "part": made(10.5, True, spaceBefore=8, spaceAfter=4),
        "note": made(7.5, False, _SOFT, spaceBefore=3), "cell": made(7.5), "head": made(7.5, True, "#ffffff"),
        "figure": made(7.5, alignment=2), "figure-head": made(7.5, True, "#ffffff", alignment=2),
        "total": made(7.5, True), "figure-total": made(7.5, True, alignment=2),
        "name": made(7.5, False, _SOFT), "value": made(11.5, True),
    }  # fmt: skip


def _figures(figures: Any, write: Write, style: dict[str, Any]) -> Any:
    from reportlab.platypus import Paragraph, Table

    across = 3
    cells: list[Any] = [[Paragraph(escape(f.name), style["name"]), Paragraph(_said(f, write), style["value"]),
                         *([Paragraph(escape(f.note), style["name"])] if f.note else [])] for f in figures]  # fmt: skip
    rows = [cells[at : at + across] for at in range(0, len(cells), across)]
    rows[-1] += [""] * (across - len(rows[-1]))
    rules = [
        ("BOX", (0, 0), (-1, -1), 0.6, _RULE),
        ("INNERGRID", (0, 0), (-1, -1), 0.6, _RULE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return Table(rows, colWidths=[_WIDTH / across] * across, style=rules)


def _said(figure: Figure, write: Write) -> str:
    return escape(write(figure.value, figure.type))


def _beside(parts: list[Part], style: dict[str, Any]) -> Any:
    """One or two parts in a row, their charts half as wide as the page."""
    from reportlab.platypus import Paragraph, Table

    gap = 18.0
    width = (_WIDTH - gap) / 2

    def cell(part: Part) -> list[Any]:
        made: list[Any] = [Paragraph(escape(part.title), style["part"])]
        made += [_chart(draw(int(width / _POINT))) for draw in part.charts]
        return made + ([Paragraph(escape(part.note), style["note"])] if part.note else [])

    cells = [cell(part) for part in parts] + [""] * (2 - len(parts))
    rules = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
             ("RIGHTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 6)]  # fmt: skip
    return Table([[cells[0], "", cells[1]]], colWidths=[width, gap, width], style=rules)


def _part(part: Part, write: Write, style: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import CondPageBreak, KeepTogether, Paragraph, Spacer

    head: list[Any] = [Paragraph(escape(part.title), style["part"])]
    head += [_chart(draw(_CHART)) for draw in part.charts]
    note = [Paragraph(escape(part.note), style["note"])] if part.note else []
    if part.table is None or not (part.printed or not part.charts):
        return [CondPageBreak(90), KeepTogether(head + note)]
    # Before the table: behind a long one it would stand alone on the next page.
    made: list[Any] = [CondPageBreak(90), KeepTogether(head + note)]
    rows = list(part.table.rows)
    if rows:
        made += [Spacer(1, 4), _table(part.table, rows, part.total, write, style)]
    return made


def _table(table: Sheet, rows: list[Any], total: Any, write: Write, style: dict[str, Any]) -> Any:
    from reportlab.platypus import LongTable, Paragraph

    types = [column.type for column in table.columns]
    right = [type_ in FIGURES for type_ in types]

    def line(values: Any, kind: str) -> list[Any]:
        names = [f"figure-{kind}".removesuffix("-cell") if figure else kind for figure in right]
        return [Paragraph(escape(text), style[name]) for text, name in zip(values, names, strict=True)]

    body = [line([column.header for column in table.columns], "head")]
    body += [
        line([write(value, type_) for value, type_ in zip(row, types, strict=True)], "cell") for row in rows
    ]
    if total:
        body.append(line([write(value, type_) for value, type_ in zip(total, types, strict=True)], "total"))
    shares = [
        min(column.width, 40) or {"long": 40, "money": 17, "text": 14, "date": 20}.get(column.type, 12)
        for column in table.columns
    ]
    widths = [_WIDTH * share / sum(shares) for share in shares]
    rules = [
        ("BACKGROUND", (0, 0), (-1, 0), _GREEN), ("LINEBELOW", (0, 1), (-1, -1), 0.4, _RULE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]  # fmt: skip
    if total:
        # The sum does not stand alone on a page.
        rules.append(("NOSPLIT", (0, -2), (-1, -1)))
    return LongTable(body, colWidths=widths, repeatRows=1, style=rules)


def _chart(drawing: Drawing) -> Any:
    from reportlab.platypus import Flowable

    class Chart(Flowable):  # type: ignore[misc]
        """A drawing in its place on the page."""

        def __init__(self) -> None:
            super().__init__()
            self.width, self.height = drawing.width * _POINT, drawing.height * _POINT

        def draw(self) -> None:
            self.canv.saveState()
            self.canv.translate(0, self.height)
            self.canv.scale(_POINT, -_POINT)
            for shape in (*drawing.ground, *(shape for mark in drawing.marks for shape in mark.shapes)):
                _draw(self.canv, shape)
            self.canv.restoreState()

    return Chart()


def _draw(canvas: Any, shape: Shape) -> None:
    match shape:
        case Rect():
            canvas.setFillColor(_FILLS[shape.style])
            canvas.rect(shape.x, shape.y, shape.width, shape.height, stroke=0, fill=1)
        case Line() | Area():
            path = canvas.beginPath()
            path.moveTo(*shape.points[0])
            for point in shape.points[1:]:
                path.lineTo(*point)
            if isinstance(shape, Area):
                canvas.setFillColor(_FILLS[shape.style])
                canvas.drawPath(path, stroke=0, fill=1)
            else:
                color, width = _LINES[shape.style]
                canvas.setStrokeColor(color)
                canvas.setLineWidth(width)
                canvas.setDash([5, 4] if shape.style in ("before", "line-2") else [])
                canvas.drawPath(path, stroke=1, fill=0)
        case Dot():
            empty = shape.style == "place-none"
            canvas.setDash([])
            canvas.setLineWidth(1.2)
            canvas.setStrokeColor(_GREEN if empty else "#ffffff")
            canvas.setFillColor("#ffffff" if empty else _FILLS[shape.style])
            canvas.circle(shape.x, shape.y, shape.radius, stroke=1, fill=1)
        case Text():
            bold = shape.style in ("value", "place-name")
            canvas.saveState()
            canvas.translate(shape.x, shape.y)
            canvas.scale(1, -1)  # letters stand upright
            canvas.setFont("Report-Bold" if bold else "Report", 11 if shape.style == "axis" else 12)
            canvas.setFillColor(_SOFT if shape.style == "axis" else _INK)
            put = {
                "start": canvas.drawString,
                "middle": canvas.drawCentredString,
                "end": canvas.drawRightString,
            }
            put[shape.anchor](0, 0, shape.text)
            canvas.restoreState()
