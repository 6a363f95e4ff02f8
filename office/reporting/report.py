"""A report as data: figures, and parts with a table and a chart. Pages and files are made of this alone."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from office.charts.shapes import Drawing
from office.sheets import Sheet

Say = Callable[[str, str], str]
"""Chooses of a Vietnamese and an English text."""

Draw = Callable[[int], Drawing]
"""A chart as wide as is asked for, px."""


class Figure(NamedTuple):
    """One number that is said large: its name, the number, and its unit: money, integer, percent or change."""

    name: str
    value: float | None
    type: str = "integer"
    note: str = ""


class Part(NamedTuple):
    """A part of a report: what it shows as a table, and as charts."""

    title: str
    table: Sheet | None
    charts: Sequence[Draw] = ()
    note: str = ""
    total: Sequence[object] = ()  # the table's last row
    links: Sequence[str] = ()  # where the first cell of each row leads, "" for nowhere
    printed: bool = True  # whether the table stands on paper beside its chart
    half: bool = False  # on paper it takes half the width, beside another such part


class Report(NamedTuple):
    """`name` begins the names of its files; `told` says of which time it is, and against which."""

    name: str
    title: str
    told: str
    figures: Sequence[Figure]
    parts: Sequence[Part]
