"""The report of sales: by what, when, against which; with a map of the outlets."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

from sqlalchemy import Connection, select

from office import schema
from office.charts.bars import Bar, bars
from office.charts.course import Series, course
from office.charts.map import Place, places
from office.charts.share import share
from office.reporting import groups, periods, sales
from office.reporting.asked import Asked
from office.reporting.report import Draw, Figure, Part, Report
from office.sheets import Column, Sheet

_DRAWN = 12
_MAP = 460  # px across at most


def report(connection: Connection, asked: Asked) -> Report:
    """The whole report."""
    say = asked.say
    found = sales.lines(connection, asked.span, asked.before, asked.by, asked.outlet)
    total = sales.total(found)
    receipts = sales.receipts(connection, asked.span, asked.outlet)
    figures = [
        Figure(say("Doanh thu", "Sales"), total.amount, "money"),
        Figure(say("Kỳ so sánh", "Compared with"), total.before, "money"),
        Figure(say("Tăng, giảm", "Change"), total.change, "change"),
        Figure(say("Hoá đơn", "Receipts"), receipts),
        Figure(say("Món đã bán", "Items sold"), total.pieces),
    ]
    parts = [by_part(asked, found), course_part(connection, asked)]
    if asked.by == "outlet" and (drawn := map_part(connection, asked, found)):
        parts.insert(1, drawn)
    title = say("Báo cáo doanh thu", "Sales report")
    if asked.outlet:
        title += f": {groups.group(connection, 'outlet')(asked.outlet).name}"
    return Report(f"doanh-thu-{asked.by}", title, asked.told(), figures, parts)


def by_part(asked: Asked, found: Sequence[sales.Line], by: str = "", most: int = 0) -> Part:
    """Sales by one of `groups.BY`; the table has `most` rows and one that adds up the others, 0: all."""
    say, by = asked.say, by or asked.by
    words = say(*groups.WORDS[by])
    title = say(f"Doanh thu theo {words.lower()}", f"Sales by {words.lower()}")
    shown = [*found[:most], *_others(words, found[most:])] if most else found
    total = sales.total(list(found))
    money = say("Doanh thu (đ)", "Sales (đ)")
    table = Sheet(
        title,
        [
            Column(say("Mã", "Code")), Column(words, width=40), Column(say("Số món", "Items"), "integer"),
            Column(money, "money"), Column(say("Kỳ so sánh (đ)", "Compared (đ)"), "money"),
            Column(say("Tăng, giảm", "Change"), "percent"),
        ],
        [(line.key, _name(asked, line), line.pieces, line.amount, line.before, line.change) for line in shown],
    )  # fmt: skip
    charts: list[Draw] = []
    sold = [line for line in found if line.amount > 0]
    if sold and by in ("stars", "group"):
        charts.append(
            lambda width: share(
                title, [(_name(asked, line), line.amount) for line in sold], asked.dong, width
            )
        )
    elif sold:
        rows = [Bar(_name(asked, line), line.amount, line.before) for line in sold[: most or _DRAWN]]
        charts.append(lambda width: bars(title, rows, asked.dong, width, say("kỳ so sánh", "compared")))
    note = say(
        "Đã trừ hàng trả lại và đơn huỷ, tính vào ngày trả.", "Less refunds and voids, on the day of these."
    )
    if sold and by not in ("stars", "group"):
        note += say(" Vạch cam mảnh: kỳ so sánh.", " The thin orange bar: the period compared.")
    if sold and not most and len(found) > _DRAWN and by not in ("stars", "group"):
        note += say(
            f" Biểu đồ vẽ {_DRAWN} dòng lớn nhất; bảng có đủ.",
            f" The chart shows the {_DRAWN} largest; the table has all.",
        )
    whole = ("", say("Cộng", "Total"), total.pieces, total.amount, total.before, total.change)
    links = [_goods_of(asked, line.key) for line in shown] if by == "outlet" and not most else ()
    return Part(title, table, charts, note, whole, links)


def course_part(connection: Connection, asked: Asked) -> Part:
    """The periods up to this one, beside the same a year before."""
    say = asked.say
    spans = periods.course(asked.unit, asked.whole)
    now = sales.course(connection, asked.unit, spans, asked.outlet)
    names = [asked.period(span) for span in spans]
    series = [Series(say("Doanh thu", "Sales"), now, "bar")]
    columns = [Column(say("Kỳ", "Period"), width=34), Column(say("Doanh thu (đ)", "Sales (đ)"), "money")]
    rows: list[tuple[object, ...]] = [(full, value) for (_, full), value in zip(names, now, strict=True)]
    if asked.unit != "year":
        past = periods.course(asked.unit, periods.earlier(asked.unit, asked.whole, "year"))
        then = sales.course(connection, asked.unit, past, asked.outlet)
        series.append(Series(say("Một năm trước", "A year before"), then, "before"))
        columns.append(Column(say("Một năm trước (đ)", "A year before (đ)"), "money"))
        rows = [(*row, value) for row, value in zip(rows, then, strict=True)]
    title = say("Diễn biến đến kỳ này", "The course up to this period")
    draw = partial(course, title, names, series, asked.dong, asked.short)
    return Part(
        title, Sheet(title, columns, rows), [draw] if any(map(any, (one.values for one in series))) else ()
    )


def map_part(connection: Connection, asked: Asked, found: Sequence[sales.Line]) -> Part | None:
    """Outlets on the map, a circle by their sales; None where no outlet's place is known."""
    say = asked.say
    amounts = {line.key: line.amount for line in found}
    table = schema.outlets
    rows = connection.execute(select(table).where(table.c.lat_e5.is_not(None), table.c.lon_e5.is_not(None)))
    spots = [
        Place(row.name, row.lat_e5, row.lon_e5, amounts.get(row.code, 0), _goods_of(asked, row.code))
        for row in rows
    ]
    title = say("Bản đồ điểm bán và doanh thu", "Map of outlets and sales")
    note = say(
        "Hình tròn càng lớn, doanh thu càng lớn; vòng rỗng: chưa bán. Bản đồ vẽ phác, chỉ để định hướng.",
        "The larger the circle, the larger the sales; a ring: none. The map is a sketch, for orientation only.",
    )
    if not spots:
        return None
    return Part(
        title, None, [lambda width: places(title, asked.province, spots, asked.dong, min(width, _MAP))], note
    )


def _goods_of(asked: Asked, outlet: str) -> str:
    """Where the goods of an outlet are, in the same time and against the same."""
    day = asked.span.last.isoformat()
    wanted = {"by": "product", "outlet": outlet, "unit": asked.unit, "against": asked.against, "day": day}
    return f"/office/reports/sales?{urlencode(wanted)}"


def _others(words: str, rest: Sequence[sales.Line]) -> list[sales.Line]:
    """One line of all that are not shown, so that what is shown adds up to the total."""
    if not rest:
        return []
    name, name_en = f"{len(rest)} {words.lower()} khác", f"{len(rest)} others"
    return [sales.total(list(rest))._replace(name=name, name_en=name_en)]


def _name(asked: Asked, line: sales.Line) -> str:
    return asked.say(line.name, line.name_en)
