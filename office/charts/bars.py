"""Horizontal bars, the words above each, so that long names fit a narrow page; and the earlier figure as a thin bar."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from office.charts.shapes import LETTER, Drawing, Mark, Rect, Shape, Text, cut

_STEP, _BAR, _THIN = 46, 11, 4


class Bar(NamedTuple):
    """A bar, and what to compare it with (None: nothing)."""

    name: str
    value: float
    before: float | None = None
    link: str = ""


def bars(
    title: str, rows: Sequence[Bar], said: Callable[[float], str], width: int, against: str = ""
) -> Drawing:
    """`said` writes a value; `against` says what `before` is."""
    most = max([1.0, *(max(row.value, row.before or 0) for row in rows)])
    marks = []
    for number, row in enumerate(rows):
        y = number * _STEP
        value = said(row.value)
        shapes: list[Shape] = [
            Text(0, y + 14, cut(row.name, width - LETTER * (len(value) + 2)), "label"),
            Text(width, y + 14, value, "value", "end"),
            Rect(0, y + 21, width, _BAR, "track"),
            Rect(0, y + 21, max(0.0, row.value) / most * width, _BAR, "bar"),
        ]
        label = f"{row.name}: {value}"
        if row.before is not None:
            shapes.append(Rect(0, y + 21 + _BAR + 1, max(0.0, row.before) / most * width, _THIN, "before"))
            label += f"; {against}: {said(row.before)}"
        marks.append(Mark(label, shapes, row.link))
    return Drawing(title, width, max(1, len(rows)) * _STEP, [], marks)
