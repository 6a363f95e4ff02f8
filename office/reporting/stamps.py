"""The report of stamps: issued, activated and sold in a time, and what is left of all, by product or producer."""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy import Connection, Subquery, func, select

from kiosk import calendar
from office import schema
from office.books.rollups import day_of
from office.charts.course import Series, course
from office.reporting import groups, periods
from office.reporting.asked import Asked
from office.reporting.periods import Span, each, period, steps, together, within
from office.reporting.report import Figure, Part, Report
from office.sheets import Column, Sheet
from office.stamps import counting
from office.times import local_date

_R = schema.sales_rollups


def report(connection: Connection, asked: Asked) -> Report:
    """The whole report."""
    say = asked.say
    batches = counting.counted(connection)
    total = next(iter(counting.grouped(batches, lambda _: ("", ""))), None)
    moved = _moved(connection, asked.span)
    figures = [
        Figure(say("Phát hành trong kỳ", "Issued in this time"), sum(moved[0].values())),
        Figure(say("Kích hoạt trong kỳ", "Activated in this time"), sum(moved[1].values())),
        Figure(say("Bán trong kỳ", "Sold in this time"), sum(moved[2].values())),
        Figure(say("Chưa kích hoạt (hiện nay)", "Not activated (now)"), total.unused if total else 0),
        Figure(say("Còn lại để bán (hiện nay)", "Left to sell (now)"), total.left if total else 0),
    ]
    parts = [course_part(connection, asked), _by(connection, asked, batches, moved)]
    return Report(f"tem-{asked.by}", say("Báo cáo tem", "Stamp report"), asked.told(), figures, parts)


def course_part(connection: Connection, asked: Asked) -> Part:
    """Stamps issued, activated and sold over the periods up to this one."""
    say = asked.say
    spans = periods.course(asked.unit, asked.whole)
    whole = Span(spans[0].first, spans[-1].last)
    issued, activated = (
        _over(
            asked.unit,
            spans,
            ((local_date(at), count) for at, count in _ranges(connection, table, column, whole)),
        )
        for table, column in ((schema.batches, "issued_at"), (schema.activations, "at"))
    )
    days = steps(asked.unit, _R, spans, *together(_R))
    sales = connection.execute(select(days.c.start, _sold(days)).group_by(days.c.start))
    sold = _over(asked.unit, spans, ((day_of(start), int(count)) for start, count in sales))
    names = [asked.period(span) for span in spans]
    title = say("Tem theo thời gian", "Stamps over time")
    words = (say("Phát hành", "Issued"), say("Kích hoạt", "Activated"), say("Đã bán", "Sold"))
    series = [
        Series(*one) for one in zip(words, (issued, activated, sold), ("bar", "line-2", "line"), strict=True)
    ]
    columns = [Column(say("Kỳ", "Period"), width=34), *(Column(word, "integer") for word in words)]
    rows = [(full, *three) for (_, full), *three in zip(names, issued, activated, sold, strict=True)]
    draw = partial(course, title, names, series, asked.number, asked.number)
    return Part(title, Sheet(title, columns, rows), [draw] if any(issued + activated + sold) else ())


def _by(
    connection: Connection, asked: Asked, batches: list[counting.Counts], moved: tuple[Counter[str], ...]
) -> Part:
    """By product unless by producer, group, commune or stars: stamps belong to goods."""
    say, by = asked.say, "product" if asked.by == "outlet" else asked.by
    group = groups.group(connection, by)
    now: dict[Any, list[int]] = {}
    for number, column in enumerate(moved):
        for gtin, count in column.items():
            now.setdefault(group(gtin), [0] * 5)[number] += count
    for row in batches:
        sums = now.setdefault(group(row.gtin), [0] * 5)
        sums[3] += row.unused
        sums[4] += row.left
    words = say(*groups.WORDS[by])
    title = say(f"Tem theo {words.lower()}", f"Stamps by {words.lower()}")
    names = (("Phát hành", "Issued"), ("Kích hoạt", "Activated"), ("Đã bán", "Sold"),
             ("Chưa kích hoạt", "Not activated"), ("Còn lại", "Left"))  # fmt: skip
    rows = sorted(now.items(), key=lambda item: ([-count for count in item[1][:3]], -item[1][4], item[0].key))
    table = Sheet(
        title,
        [
            Column(say("Mã", "Code")),
            Column(words, width=40),
            *(Column(say(*name), "integer") for name in names),
        ],
        [(label.key, say(label.name, label.name_en), *sums) for label, sums in rows],
    )
    whole = [sum(sums[number] for _, sums in rows) for number in range(5)]
    note = say(
        "Phát hành, kích hoạt và đã bán: trong kỳ (đã trừ tem được trả lại để bán tiếp). Chưa kích hoạt và còn lại: hiện nay. "
        "Một tháng sau hạn sử dụng, dữ liệu tem bị xoá và kích hoạt không còn tính vào kỳ.",
        "Issued, activated and sold: in this time (less stamps that came back to be sold). Not activated and left: now. "
        "A month past expiry a stamp's data is deleted, and its activation is in no period any more.",
    )
    return Part(title, table, (), note, ("", say("Cộng", "Total"), *whole))


def _moved(connection: Connection, span: Span) -> tuple[Counter[str], ...]:
    """Stamps issued, activated and sold, by GTIN."""
    counts = []
    for table, column in ((schema.batches, "issued_at"), (schema.activations, "at")):
        size = func.sum(table.c.last - table.c.first + 1)
        query = select(table.c.gtin, size).where(_at(table, column, span)).group_by(table.c.gtin)
        counts.append(Counter({gtin: int(count) for gtin, count in connection.execute(query)}))
    rows = within(_R, span, *each(_R, "gtin"))
    query = select(rows.c.gtin, _sold(rows)).group_by(rows.c.gtin)
    counts.append(Counter({gtin: int(count) for gtin, count in connection.execute(query) if count}))
    return tuple(counts)


def _sold(rows: Subquery) -> Any:
    return func.sum(rows.c.stamps - rows.c.returned_stamps)


def _ranges(connection: Connection, table: Any, column: str, span: Span) -> Iterable[tuple[int, int]]:
    query = select(table.c[column], table.c.last - table.c.first + 1).where(_at(table, column, span))
    return ((at, int(count)) for at, count in connection.execute(query))


def _at(table: Any, column: str, span: Span) -> Any:
    start, end = (calendar.start_of(day.isoformat()) for day in span)
    return (table.c[column] >= start) & (table.c[column] < end + calendar.DAY_MS)


def _over(unit: str, spans: list[Span], counts: Iterable[tuple[Any, int]]) -> list[int]:
    sums = dict.fromkeys((span.first for span in spans), 0)
    for day, count in counts:
        sums[period(unit, day).first] += count
    return list(sums.values())
