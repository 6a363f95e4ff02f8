"""Parts of a whole: one bar in pieces, from dark to light, and a line for each that names it."""

from collections.abc import Callable, Sequence

from office.charts.shapes import Drawing, Mark, Rect, Shape, Text, cut

_SHADES = 6
_BAR, _STEP = 34, 26


def share(
    title: str, parts: Sequence[tuple[str, float]], said: Callable[[float], str], width: int
) -> Drawing:
    """`parts` are names and values, in their order."""
    whole = sum(max(0.0, value) for _, value in parts) or 1.0
    marks, x = [], 0.0
    for number, (name, value) in enumerate(parts):
        style = f"share-{min(number, _SHADES - 1)}"
        wide = max(0.0, value) / whole * width
        y = _BAR + 14 + number * _STEP
        percent = f"{100 * max(0.0, value) / whole:.1f} %".replace(".", ",")
        told = f"{said(value)} · {percent}"
        shapes: list[Shape] = [
            Rect(x, 0, max(0.0, wide - 2), _BAR, style),
            Rect(0, y, 16, 16, style),
            Text(24, y + 13, cut(name, width - 24 - 7.4 * (len(told) + 2)), "label"),
            Text(width, y + 13, told, "value", "end"),
        ]
        marks.append(Mark(f"{name}: {told}", shapes))
        x += wide
    return Drawing(title, width, _BAR + 14 + len(parts) * _STEP, [], marks)
