"""The sales report: periods, groups and comparison, on real ingested journals; the page and its files."""

import io
from datetime import date

import openpyxl
import pytest

from office import database, sales_report
from office.ingest import ingest
from office.sales_report import Span, as_far, earlier, period
from office.times import local_date

DAY_MS = 86_400_000


def at(device, gtin, serial, when, price):
    line = {"gtin": gtin, "qty": 1, "price": price, "amount": price, "verdict": "genuine", "flagged": False,
            "serial": serial}  # fmt: skip
    device.add("sale", {"v": 1, "staff": "An", "lines": [line], "total": price, "payments": [], "change": 0,
                        "catalogue": 0, "age": "fresh"}, when)  # fmt: skip


@pytest.fixture
def sold(engine, enrolled, gtin, other_gtin, now):
    """This month HT01 sold honey and took one back, HT02 tea; early last month, and late in it, HT01 honey."""
    first, second = enrolled("HT01A"), enrolled("HT02A", "HT02")
    at(first, gtin, 1, now - 51 * DAY_MS, 50000)  # 3 October
    at(first, gtin, 2, now - 25 * DAY_MS, 999000)  # 29 October: after as many days as November has had
    at(first, gtin, 3, now, 185000)
    at(first, gtin, 4, now, 185000)
    first.undo("refund", "HT01A", 4, gtin, 4, unharmed=True)
    at(second, other_gtin, 1, now, 60000)
    for device in (first, second):
        ingest(engine, device.name, device.segment(), now)


def test_periods_and_those_before_them():
    day = date(2024, 2, 29)
    assert period("week", day) == Span(date(2024, 2, 26), date(2024, 3, 3))
    assert period("month", day) == Span(date(2024, 2, 1), date(2024, 2, 29))
    assert period("quarter", date(2026, 12, 31)) == Span(date(2026, 10, 1), date(2026, 12, 31))
    assert earlier("quarter", period("quarter", day), "before") == Span(date(2023, 10, 1), date(2023, 12, 31))
    assert earlier("day", period("day", day), "year") == Span(date(2023, 2, 28), date(2023, 2, 28))
    assert earlier("week", period("week", day), "year") == Span(date(2023, 2, 27), date(2023, 3, 5))


def test_a_running_period_is_compared_by_the_days_it_has_had():
    march, february = period("month", date(2026, 3, 1)), period("month", date(2026, 2, 1))
    assert as_far(march, february, date(2026, 3, 5)) == (
        Span(march.first, date(2026, 3, 5)), Span(february.first, date(2026, 2, 5)),
    )  # fmt: skip
    assert as_far(march, february, date(2026, 3, 30))[1] == february
    assert as_far(march, february, date(2026, 4, 1)) == (march, february)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("outlet", [("HT01", "Điểm 1", 1, 185000, 50000), ("HT02", "Điểm 2", 1, 60000, 0)]),
        ("product", [("SP1", "Mật ong", 1, 185000, 50000), ("SP2", "Chè", 1, 60000, 0)]),
        ("producer", [("P1", "HTX Mật ong", 1, 185000, 50000), ("P2", "HTX Chè", 1, 60000, 0)]),
        ("group", [("", "Chưa ghi", 2, 245000, 50000)]),
        ("commune", [("", "Chưa ghi", 2, 245000, 50000)]),
        ("stars", [("4", "4 sao", 1, 185000, 50000), ("3", "3 sao", 1, 60000, 0)]),
    ],
)
def test_sales_less_what_came_back_by_each_way(sold, engine, now, by, expected):
    today = local_date(now)
    span, before = as_far(period("month", today), earlier("month", period("month", today), "before"), today)
    with database.reading(engine) as connection:
        found = sales_report.lines(connection, span, before, by)
        assert sales_report.receipts(connection, span) == 3
    assert [(*line[:2], *line[3:]) for line in found] == expected


def test_whole_months_and_single_days_add_up_to_the_same(sold, engine, now):
    with database.reading(engine) as connection:
        for unit in sales_report.UNITS:
            steps = sales_report.course(connection, unit, period(unit, local_date(now)))
            assert len(steps) == 12
            for step in steps:
                lines = sales_report.lines(connection, step.span, step.span, "outlet")
                assert sales_report.total(lines).amount == step.amount
            assert sum(step.amount for step in steps) == {"day": 245000}.get(unit, 1294000)


async def test_the_page_and_its_files_tell_the_same(desk, sold):
    await desk.log_in("viewer")
    page = await desk.get("/office/reports?by=product")
    assert "Mật ong" in page
    assert "185.000 ₫" in page
    assert "▲ 390 %" in page  # 245,000 against 50,000
    answer = await desk.client.get("/office/reports.xlsx?by=product")
    sheet = openpyxl.load_workbook(io.BytesIO(await answer.read())).active
    head, first, second = sheet.iter_rows(values_only=True)
    assert head[3:6] == ("Sản phẩm", "Số món", "Doanh thu (đ)")
    assert (first[0].date(), first[3:6]) == (date(2026, 11, 1), ("Mật ong", 1, 185000))
    assert second[-1] == 60000
    answer = await desk.client.get("/office/reports.csv?by=product")
    data = await answer.read()
    assert data.startswith(b"\xef\xbb\xbf")
    assert "01/11/2026,23/11/2026,SP1,Mật ong,1,185000,01/10/2026,23/10/2026,50000,135000" in data.decode()


@pytest.mark.parametrize("query", ["unit=x&by=y&against=z&day=w", "day=9999-12-31", "day=0001-01-01", ""])
async def test_an_odd_address_still_gives_a_report(desk, query):
    await desk.log_in("viewer")
    assert "Chưa có doanh thu trong kỳ này" in await desk.get(f"/office/reports?{query}")
    assert (await desk.client.get("/office/reports.pdf")).status == 404
