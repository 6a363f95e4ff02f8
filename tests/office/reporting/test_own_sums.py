"""Every figure of sales against sums of this file's own, over what the journals say: by the wall clock in Vietnam, at the
edges of days, ISO weeks, months, quarters and years, with what came back on the day on which it came back."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from office.outlets.ingest import ingest
from office.reporting import periods, sales
from office.reporting.periods import Span
from office.storage import database

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
EDGES = ("2023-12-31 23:59:59", "2024-01-01 00:00:00", "2024-02-28 23:59:59", "2024-02-29 00:00:00",
         "2024-02-29 23:59:59", "2024-03-01 00:00:00", "2024-12-29 23:59:59", "2024-12-30 00:00:00",
         "2025-03-31 23:59:59", "2025-04-01 00:00:00", "2025-12-28 23:59:59", "2025-12-29 00:00:00",
         "2026-01-01 06:59:59", "2026-01-01 07:00:00", "2026-01-04 23:59:59", "2026-01-05 00:00:00")  # fmt: skip


def local(at):
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(VIETNAM).date()


def key(unit, day):
    """What tells a period from others, by the standard library and no code of ours."""
    return {
        "day": day, "week": day.isocalendar()[:2], "month": (day.year, day.month),
        "quarter": (day.year, (day.month + 2) // 3), "year": day.year,
    }[unit]  # fmt: skip


@pytest.fixture
def told(engine, enrolled, gtin, other_gtin, now):
    """[(at, outlet, gtin, pieces, đồng)] of what two tills sold, and below zero what came back."""
    chance, found = random.Random(8), []
    for name, outlet in (("HT01A", "HT01"), ("HT02A", "HT02")):
        device = enrolled(name, outlet)
        edges = [datetime.fromisoformat(text).replace(tzinfo=VIETNAM).timestamp() for text in EDGES]
        first, last = edges[0] - 40 * 86_400, edges[-1] + 40 * 86_400
        times = sorted(int(1000 * at) for at in [*edges, *(chance.uniform(first, last) for _ in range(80))])
        open_sales = []
        for serial, at in enumerate(times, 1):
            goods, price = chance.choice(((gtin, 185_000), (other_gtin, 60_000)))
            device.sell(goods, serial, price=price, at=at)
            found.append((at, outlet, goods, 1, price))
            open_sales.append((len(device.entries), goods, serial, price))
            if chance.random() < 0.3:
                undone = open_sales.pop(chance.randrange(len(open_sales)))
                later = at + chance.choice((0, 1, 3 * 86_400_000))
                take_back(device, chance.choice(("void", "refund")), *undone, later, chance.random() < 0.5)
                found.append((later, outlet, undone[1], -1, -undone[3]))
        ingest(engine, name, device.segment(), now)
    return found


def take_back(device, kind, seq, goods, serial, price, at, unharmed):
    line = {"line": 1, "gtin": goods, "qty": 1, "amount": price, "serial": serial}
    line |= {"unharmed": unharmed} if kind == "refund" else {}
    body = {"v": 1, "staff": "An", "device": device.name, "seq": seq, "lines": [line], "total": price,
            "payments": [{"kind": "cash", "amount": price}], "reason": "x"}  # fmt: skip
    device.add(kind, body, at=at)


@pytest.fixture
def group(gtin):
    """By what a row of `told` is added up."""
    goods = {"product": ("SP1", "SP2"), "producer": ("P1", "P2"), "stars": ("4", "3")}
    of_goods = {by: lambda row, names=names: names[row[2] != gtin] for by, names in goods.items()}
    return {"outlet": lambda row: row[1]} | of_goods


def sums(rows, of):
    """{group: (pieces, đồng)}, without those of which nothing is left."""
    pieces, amounts = Counter(), Counter()
    for row in rows:
        pieces[of(row)] += row[3]
        amounts[of(row)] += row[4]
    return {one: (pieces[one], amounts[one]) for one in pieces if pieces[one] or amounts[one]}


def test_every_period_of_every_group_is_the_sum_of_what_the_journals_say(told, engine, group):
    days = sorted({local(row[0]) + timedelta(days=n) for row in told for n in (-1, 0, 1)})
    nothing = Span(*[days[0] - timedelta(days=99)] * 2)
    with database.reading(engine) as connection:
        for unit in periods.UNITS:
            spans = sorted({periods.period(unit, day) for day in days})
            assert len(spans) == len({key(unit, day) for day in days})
            mine = {
                span: [row for row in told if key(unit, local(row[0])) == key(unit, span.first)]
                for span in spans
            }
            for span, rows in mine.items():
                assert sales.amount(connection, span) == sum(row[4] for row in rows)
                for by, of in group.items():
                    lines = sales.lines(connection, span, nothing, by)
                    assert {line.key: (line.pieces, line.amount) for line in lines} == sums(rows, of), (
                        span,
                        by,
                    )
            shown = periods.course(unit, spans[-1])
            amounts = [sum(row[4] for row in mine.get(span, ())) for span in shown]
            assert sales.course(connection, unit, shown) == amounts
