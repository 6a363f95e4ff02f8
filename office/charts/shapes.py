"""What charts consist of. Lengths are px, y grows downwards; a `style` names how it looks (`office.css`, `office.reporting.pdf`)."""

from collections.abc import Sequence
from typing import NamedTuple

Point = tuple[float, float]


class Rect(NamedTuple):
    """A bar."""

    x: float
    y: float
    width: float
    height: float
    style: str


class Line(NamedTuple):
    """A line through points."""

    points: Sequence[Point]
    style: str


class Area(NamedTuple):
    """A filled polygon."""

    points: Sequence[Point]
    style: str


class Dot(NamedTuple):
    """A circle."""

    x: float
    y: float
    radius: float
    style: str


class Text(NamedTuple):
    """Words; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    style: str = "label"
    anchor: str = "start"


Shape = Rect | Line | Area | Dot | Text


class Mark(NamedTuple):
    """One datum: its shapes, and what it says to who points at it or hears it; `link`: where it leads."""

    label: str
    shapes: Sequence[Shape]
    link: str = ""


class Drawing(NamedTuple):
    """A chart: first what carries no data, then the marks in the order in which they are read."""

    title: str
    width: float
    height: float
    ground: Sequence[Shape]
    marks: Sequence[Mark]


LETTER = 7.4
"""Width of a letter of a label, about, px."""


def cut(text: str, width: float) -> str:
    """As much of a text as fits."""
    most = max(4, int(width / LETTER))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def ticks(most: float, count: int = 4) -> list[float]:
    """Round numbers from 0 up to or beyond `most`, about `count` steps."""
    if most <= 0:
        return [0, 1]
    rough = most / count
    power = 10 ** (len(str(int(rough))) - 1) if rough >= 1 else 1
    step = next((factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough), 10 * power)
    found: list[float] = [0]
    while found[-1] < most:
        found.append(found[-1] + step)
    return found
