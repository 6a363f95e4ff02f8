"""The report of scans: how often shoppers looked, beside what was sold."""

from functools import partial
from typing import Any

from sqlalchemy import Connection, Subquery, Table, func, select

from office import schema
from office.books.rollups import ALL, day_of
from office.charts.course import Series, course
from office.reporting import groups, periods
from office.reporting.asked import Asked
from office.reporting.groups import Label
from office.reporting.periods import Span, each, period, steps, together, within
from office.reporting.report import Figure, Part, Report
from office.sheets import Column, Sheet

_LOOKS, _SALES = schema.look_rollups, schema.sales_rollups


def report(connection: Connection, asked: Asked) -> Report:
    """Looks and items sold by outlet or by what the registry knows of goods, and their course."""
    say = asked.say
    looks, before = looked(connection, asked.span), looked(connection, asked.before)
    phones = looked(connection, asked.span, "")
    rows = within(_SALES, asked.span, *together(_SALES))
    pieces = int(connection.execute(select(_figure(rows))).scalar_one() or 0)
    figures = [
        Figure(say("Lượt quét của khách", "Scans by shoppers"), looks),
        Figure(say("Kỳ so sánh", "Compared with"), before),
        Figure(say("Tăng, giảm", "Change"), (looks - before) / before if before else None, "change"),
        Figure(say("Trong đó bằng điện thoại", "Of these by phones"), phones),
        Figure(
            say("Lượt quét mỗi món bán", "Scans for each item sold"),
            looks / pieces if pieces > 0 else None,
            "ratio",
        ),
    ]
    parts = [course_part(connection, asked), _by(connection, asked)]
    return Report(
        f"luot-quet-{asked.by}", say("Báo cáo lượt quét", "Scan report"), asked.told(), figures, parts
    )


def looked(connection: Connection, span: Span, outlet: str = ALL) -> int:
    """How often shoppers looked: at one outlet, "" for phones, or anywhere."""
    rows = within(_LOOKS, span, _LOOKS.c.gtin == ALL, _LOOKS.c.outlet == outlet)
    return int(connection.execute(select(_figure(rows))).scalar_one() or 0)


def course_part(connection: Connection, asked: Asked) -> Part:
    """Scans and items sold over the periods up to this one."""
    say = asked.say
    spans = periods.course(asked.unit, asked.whole)
    looks = _course(connection, _LOOKS, asked.unit, spans)
    pieces = _course(connection, _SALES, asked.unit, spans)
    names = [asked.period(span) for span in spans]
    title = say("Lượt quét và món đã bán", "Scans and items sold")
    series = [
        Series(say("Lượt quét", "Scans"), looks, "bar"),
        Series(say("Món đã bán", "Items sold"), pieces, "line"),
    ]
    columns = [
        Column(say("Kỳ", "Period"), width=34),
        Column(say("Lượt quét", "Scans"), "integer"),
        Column(say("Món đã bán", "Items sold"), "integer"),
    ]
    rows = [(full, *both) for (_, full), *both in zip(names, looks, pieces, strict=True)]
    draw = partial(course, title, names, series, asked.number, asked.number)
    return Part(title, Sheet(title, columns, rows), [draw] if any(looks + pieces) else ())


def _by(connection: Connection, asked: Asked) -> Part:
    say = asked.say
    found = _lines(connection, asked)
    words = say(*groups.WORDS[asked.by])
    title = say(f"Lượt quét theo {words.lower()}", f"Scans by {words.lower()}")
    table = Sheet(
        title,
        [Column(say("Mã", "Code")), Column(words, width=40), Column(say("Lượt quét", "Scans"), "integer"),
         Column(say("Món đã bán", "Items sold"), "integer"), Column(say("Quét mỗi món", "Scans an item"), "ratio")],
        [(label.key, say(label.name, label.name_en), looks, pieces, looks / pieces if pieces > 0 else None)
         for label, looks, pieces in found],
    )  # fmt: skip
    looks, pieces = sum(row[1] for row in found), sum(row[2] for row in found)
    note = say(
        "Quá 600 lượt quét một giờ tại một điểm chỉ còn đếm, không ghi mã hàng.",
        "Beyond 600 scans an hour an outlet only counts them, without the goods.",
    )
    return Part(
        title,
        table,
        (),
        note,
        ("", say("Cộng", "Total"), looks, pieces, looks / pieces if pieces > 0 else None),
    )


def _lines(connection: Connection, asked: Asked) -> list[tuple[Label, int, int]]:
    name = "outlet" if asked.by == "outlet" else "gtin"
    group = groups.group(connection, asked.by)
    nobody = Label("", "Điện thoại của khách", "Shoppers' phones") if name == "outlet" else Label(
        "", "Chưa rõ mặt hàng", "Goods not known")  # fmt: skip
    sums: dict[Label, list[int]] = {}
    for number, table in enumerate((_LOOKS, _SALES)):
        rows = within(table, asked.span, *each(table, name))
        for code, count in connection.execute(select(rows.c[name], _figure(rows)).group_by(rows.c[name])):
            sums.setdefault(group(code) if code else nobody, [0, 0])[number] += int(count)
    found = [(label, looks, pieces) for label, (looks, pieces) in sums.items()]
    return sorted(found, key=lambda row: (-row[1], -row[2], row[0].key))


def _course(connection: Connection, table: Table, unit: str, spans: list[Span]) -> list[int]:
    rows = steps(unit, table, spans, *together(table))
    sums = dict.fromkeys((span.first for span in spans), 0)
    for start, count in connection.execute(select(rows.c.start, _figure(rows)).group_by(rows.c.start)):
        sums[period(unit, day_of(start)).first] += int(count)
    return list(sums.values())


def _figure(rows: Subquery) -> Any:
    """Looks, or items sold less what came back: by which rollup the rows are of."""
    return func.sum(rows.c.looks if "looks" in rows.c else rows.c.qty - rows.c.returned_qty)
