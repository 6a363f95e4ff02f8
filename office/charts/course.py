"""The course of a figure over some periods: bars, and a line of dots for the earlier figures behind them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from office.charts.shapes import LETTER, Dot, Drawing, Line, Mark, Rect, Shape, Text, ticks

_TOP, _BOTTOM = 14, 26


class Series(NamedTuple):
    """One figure for each period; its style is bar, line, line-2 or before."""

    name: str
    values: Sequence[float]
    style: str


def course(
    title: str,
    names: Sequence[tuple[str, str]],
    series: Sequence[Series],
    said: Callable[[float], str],
    short: Callable[[float], str],
    width: int,
    height: int = 250,
) -> Drawing:
    """`names` are the periods, short for the axis and in full; `said` writes a value, `short` one at the axis."""
    steps = ticks(max([0.0, *(value for one in series for value in one.values)]))
    left = 8 + LETTER * max(len(short(step)) for step in steps)
    top = _TOP + 24
    low, high = height - _BOTTOM, top
    per = (width - left) / len(names)

    def y(value: float) -> float:
        return low - max(0.0, value) / steps[-1] * (low - high)

    ground: list[Shape] = list(_legend(series, left))
    for step in steps:
        ground += [
            Line([(left, y(step)), (width, y(step))], "grid"),
            Text(left - 6, y(step) + 4, short(step), "axis", "end"),
        ]
    every = -(-int(LETTER * (max(len(name) for name, _ in names) + 1)) // max(1, int(per)))
    for one in series:
        if one.style != "bar":
            ground.append(Line([(left + (i + 0.5) * per, y(v)) for i, v in enumerate(one.values)], one.style))
    marks = []
    for number, (name, full) in enumerate(names):
        middle = left + (number + 0.5) * per
        shapes: list[Shape] = []
        for one in series:
            value = one.values[number]
            if one.style == "bar":
                thick = per * 0.62
                shapes.append(Rect(middle - thick / 2, y(value), thick, low - y(value), "bar"))
            else:
                shapes.append(Dot(middle, y(value), 3.5, f"{one.style}-dot"))
        if (len(names) - 1 - number) % every == 0:
            shapes.append(Text(middle, height - 8, name, "axis", "middle"))
        told = "; ".join(f"{one.name}: {said(one.values[number])}" for one in series)
        marks.append(Mark(f"{full}. {told}", shapes))
    return Drawing(title, width, height, ground, marks)


def _legend(series: Sequence[Series], left: float) -> list[Shape]:
    shapes: list[Shape] = []
    x = left
    for one in series:
        if one.style == "bar":
            shapes.append(Rect(x, 4, 14, 10, "bar"))
        else:
            shapes += [Line([(x, 9), (x + 18, 9)], one.style), Dot(x + 9, 9, 3.5, f"{one.style}-dot")]
        shapes.append(Text(x + 24, 13, one.name, "axis"))
        x += 42 + LETTER * len(one.name)
    return shapes
