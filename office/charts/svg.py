"""Drawings as SVG for a page: each mark can be reached and heard; `static/charts.js` adds arrow keys and a note."""

from html import escape

from markupsafe import Markup

from office.charts.shapes import Area, Dot, Drawing, Line, Mark, Rect, Shape, Text


def svg(drawing: Drawing, style: str = "") -> Markup:
    """The drawing as an element of HTML; `style` is a class of its own."""
    width, height = _n(drawing.width), _n(drawing.height)
    marks = "".join(_mark(mark) for mark in drawing.marks)
    ground = "".join(map(_shape, drawing.ground))
    # Everything in it was escaped here.
    return Markup(  # noqa: S704
        f'<svg class="chart {style}" role="group" aria-label="{escape(drawing.title)}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><g aria-hidden="true">{ground}</g>{marks}</svg>'
    )


def _mark(mark: Mark) -> str:
    label = escape(mark.label)
    inner = f"<title>{label}</title>" + "".join(map(_shape, mark.shapes))
    if mark.link:
        return f'<a class="mark" href="{escape(mark.link)}" aria-label="{label}">{inner}</a>'
    return f'<g class="mark" role="img" aria-label="{label}">{inner}</g>'


def _shape(shape: Shape) -> str:
    match shape:
        case Rect():
            return f'<rect class="{shape.style}" x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.width)}" height="{_n(shape.height)}"/>'
        case Line():
            return f'<polyline class="{shape.style}" points="{_points(shape.points)}"/>'
        case Area():
            return f'<polygon class="{shape.style}" points="{_points(shape.points)}"/>'
        case Dot():
            return f'<circle class="{shape.style}" cx="{_n(shape.x)}" cy="{_n(shape.y)}" r="{_n(shape.radius)}"/>'
        case Text():
            return f'<text class="{shape.style}" x="{_n(shape.x)}" y="{_n(shape.y)}" text-anchor="{shape.anchor}">{escape(shape.text)}</text>'


def _points(points: object) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)  # type: ignore[attr-defined]


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
