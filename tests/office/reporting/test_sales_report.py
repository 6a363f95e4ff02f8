"""The sales report: periods, groups and comparison, on real ingested journals; the page and its files."""

import html
import io
import re
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import insert

from office import registry, schema, sheets
from office.books import reports
from office.outlets.ingest import ingest
from office.reporting import pdf, periods, recognitions, sales, sales_report, stamps, targets
from office.reporting.asked import asking
from office.reporting.choice import REPORTS
from office.reporting.periods import Span, as_far, earlier, period
from office.sheets import Column, Sheet
from office.storage import database
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
        found = sales.lines(connection, span, before, by)
        assert sales.receipts(connection, span) == 3
    assert [(*line[:2], *line[3:]) for line in found] == expected


def test_whole_months_and_single_days_add_up_to_the_same(sold, engine, now):
    with database.reading(engine) as connection:
        for unit in periods.UNITS:
            spans = periods.course(unit, period(unit, local_date(now)))
            amounts = sales.course(connection, unit, spans)
            assert len(amounts) == (5 if unit == "year" else 12)
            for span, amount in zip(spans, amounts, strict=True):
                lines = sales.lines(connection, span, span, "outlet")
                assert sales.total(lines).amount == sales.amount(connection, span) == amount
            assert sum(amounts) == {"day": 245000}.get(unit, 1294000)


async def test_the_page_and_its_files_tell_the_same(desk, sold):
    await desk.log_in("viewer")
    page = await desk.get("/office/reports/sales?by=product")
    assert "Mật ong" in page
    assert "185.000 ₫" in page
    assert "▲ 390,0 %" in page  # 245,000 against 50,000
    answer = await desk.client.get("/office/reports/sales.xlsx?by=product&lang=en")
    book = openpyxl.load_workbook(io.BytesIO(await answer.read()))
    assert book.sheetnames[:2] == ["Tổng hợp", "Doanh thu theo sản phẩm"]
    head, first, second, total = book.worksheets[1].iter_rows()
    assert [cell.value for cell in head][1:4] == ["Sản phẩm", "Số món", "Doanh thu (đ)"]
    assert [cell.value for cell in first] == ["SP1", "Mật ong", 1, 185000, 50000, 2.7]
    assert (first[3].number_format, first[5].number_format) == ("#,##0", "0.0%")
    assert [second[3].value, total[3].value] == [60000, 245000]
    answer = await desk.client.get("/office/reports/sales.csv?by=product")
    data = await answer.read()
    assert data.startswith(b"\xef\xbb\xbf")
    assert 'SP1,Mật ong,1,185000,50000,"270,0%"' in data.decode()


@pytest.mark.parametrize("query", ["unit=x&by=y&against=z&day=w", "day=9999-12-31", "day=0001-01-01", ""])
async def test_an_odd_address_still_gives_a_report(desk, query):
    await desk.log_in("viewer")
    assert "Chưa có số liệu trong kỳ này" in await desk.get(f"/office/reports?{query}")
    assert (await desk.client.get("/office/reports/sales.doc")).status == 404


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_every_report_is_a_page_and_three_files(desk, sold, name, lang):
    await desk.log_in("viewer")
    page = await desk.get(f"/office/reports/{name}?lang={lang}")
    assert re.search(r"<h1>[^<]+</h1>", page)
    for form, start in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("pdf", b"%PDF-")):
        answer = await desk.client.get(f"/office/reports/{name}.{form}?lang={lang}")
        assert answer.status == 200
        assert (await answer.read()).startswith(start)
        assert f".{form}" in answer.headers["Content-Disposition"]


def test_the_few_rows_of_the_report_to_send_up_add_up_to_its_total(desk, engine, gtin, other_gtin, sold, now):
    day = Span(local_date(now), local_date(now))
    with database.reading(engine) as connection:
        found = sales.lines(connection, day, day, "product")
        part = sales_report.by_part(asking("vi", *day, "day"), found, "product", 1)
        whole = sales_report.by_part(asking("vi", *day, "day"), found, "product", 2)
    *shown, others = part.table.rows
    assert [row[1] for row in shown] == ["Mật ong"]
    assert others[1] == "1 sản phẩm khác"
    for column in (2, 3, 4):
        assert sum(row[column] for row in part.table.rows) == part.total[column]
    assert len(list(whole.table.rows)) == 2  # nothing is left over


@pytest.mark.parametrize("name", ["sales", "monthly"])
async def test_an_outlet_leads_to_its_goods_of_the_same_time(desk, sold, engine, name):
    with database.writing(engine) as connection:
        connection.execute(schema.outlets.update().values(lat_e5=1834300, lon_e5=10590600))
    await desk.log_in("viewer")
    page = await desk.get(f"/office/reports/{name}?unit=week&against=year&day=2026-10-28")
    links = {
        html.unescape(link) for link in re.findall(r'href="([^"]*by=product[^"]*outlet=HT01[^"]*)"', page)
    }
    assert links == {"/office/reports/sales?by=product&outlet=HT01&unit=week&against=year&day=2026-11-01"}
    assert "26/10/2026 – 01/11/2026" in await desk.get(links.pop())


async def test_files_of_sample_data_say_so(desk, sold, engine):
    await desk.log_in("viewer")

    async def summary():
        answer = await desk.client.get("/office/reports/sales.xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(await answer.read())).worksheets[0]
        return [row[2].value for row in sheet.iter_rows()]

    assert not any("minh hoạ" in str(cell) for cell in await summary())
    with database.writing(engine) as connection:
        connection.execute(insert(schema.settings).values(name="illustrative", outlet="", value=True))
    assert any("Dữ liệu minh hoạ" in str(cell) for cell in await summary())


def test_on_paper_a_sum_does_not_stand_alone_on_a_page():
    pdf._load_fonts()
    sheet = Sheet("Doanh thu", [Column("Tên"), Column("Tiền", "money")], [])
    rows = [(f"Điểm {number}", number) for number in range(5)]
    table = pdf._table(sheet, rows, ("Cộng", 10), lambda value, _: str(value), pdf._styles())
    _, height = table.wrap(500, 1000)
    _, second = table.split(500, height - 5)
    texts = [row[0][0].getPlainText() for row in second._cellvalues]
    assert texts == ["Tên", "Điểm 4", "Cộng"]


def test_in_a_workbook_words_keep_away_from_the_figure_before_them():
    columns = [
        Column("Đã đạt", "integer"),
        Column("Kết quả"),
        Column("Số", "integer"),
        Column("Việc", "long"),
    ]
    data = sheets.xlsx_bytes([Sheet("Chỉ tiêu", columns, [(71, "chưa đạt", 3, "gọi")])])
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    for row in sheet.iter_rows():
        assert [(cell.alignment.horizontal, cell.alignment.indent) for cell in (row[1], row[3])] == [
            ("left", 1)
        ] * 2
    assert (sheet.oddHeader.center.text, sheet.oddFooter.right.text) == ("&A", "&P / &N")


async def test_a_chart_says_every_figure_without_a_script(desk, sold):
    await desk.log_in("viewer")
    page = await desk.get("/office/reports/sales?by=outlet")
    assert 'aria-label="Điểm 1: 185.000 ₫; kỳ so sánh: 50.000 ₫"' in page
    assert 'aria-label="Tháng 11/2026. Doanh thu: 245.000 ₫; Một năm trước: 0 ₫"' in page


def test_targets_stand_beside_what_is_reached(sold, engine, now):
    asked = asking("vi", local_date(now), local_date(now), "year")
    with database.writing(engine) as connection:
        assert [aim.done for aim in targets.aims(connection, asked)] == [None, None, None]
        target = registry.records.Target(year="2026", recognised=3, high_share=40)
        assert registry.put(connection, target, "lan", now)
        found = targets.aims(connection, asked)
        assert [(aim.target, aim.reached, aim.done) for aim in found] == [
            (3, 2, False), (0.4, 0.5, True), (None, None, None),
        ]  # fmt: skip


def test_recognitions_that_run_out_come_the_soonest_first(engine, now):
    today = local_date(now)
    days = {"P-PAST": -20, "P-1": 20, "P-3": 80, "P-6": 170, "P-LATER": 200, "P-GONE": 20}
    with database.writing(engine) as connection:
        for name, until in days.items():
            registry.put(
                connection,
                registry.Product(id=name, name=name, producer="P1", stars=4, recognised=today - timedelta(days=900),
                                 recognised_until=today + timedelta(days=until)), "x", now,
            )  # fmt: skip
        connection.execute(
            schema.withdrawals.insert().values(product="P-GONE", on=today.isoformat(), reason="x")
        )
        found = recognitions.endings(connection, today)
        found = [(one.product, one.months) for one in found if one.product in days]
        assert found == [("P-PAST", 0), ("P-1", 1), ("P-3", 3), ("P-6", 6)]
        before = len(recognitions.current(connection, today - timedelta(days=1)))
        assert before - len(recognitions.current(connection, today)) == 1  # the one withdrawn today


def test_stamps_that_come_back_are_not_sold(engine, enrolled, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.sell(gtin, 2)
    device.undo("refund", "HT01A", 2, gtin, 2, unharmed=True)
    ingest(engine, "HT01A", device.segment(), now)
    asked = asking("vi", local_date(now), local_date(now), "month", "product")
    with database.reading(engine) as connection:
        report = stamps.report(connection, asked)
        assert [figure.value for figure in report.figures[2:]] == [1, 50, 49]
        assert reports.stamps(connection).sold == 1
