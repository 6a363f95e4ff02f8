"""Reports in a real browser: readable in both languages and sizes, charts by keyboard, from the map to a workbook."""

import io
import re
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from playwright.async_api import Page, expect
from sqlalchemy import Engine, select

from office import registry, schema
from office.books import rollups
from office.storage import database
from office.times import local_date, now_ms


@pytest.fixture
def a_year_of_sales(engine: Engine) -> None:
    """Sales of fifteen kinds of goods over fourteen months, scans, targets, and a recognition that runs out."""
    now, items = now_ms(), schema.trade_items
    with database.writing(engine) as connection:
        gtins = connection.execute(select(items.c.gtin).order_by(items.c.gtin).limit(15)).scalars().all()
        for week in range(60):
            when = now - week * 7 * 86_400_000
            for number, gtin in enumerate(gtins):
                count = 1 + (week * 7 + number * 5) % 9
                outlet = f"HT{(week + number) % 2 + 1:02}"
                line = (when, gtin, count, 45_000 * count * (number + 2), None)
                rollups.add_sales(connection, outlet, [when], [line], [])
                rollups.add_looks(connection, [(when, outlet, gtin, 3 * count), (when, "", gtin, count)])
        year = local_date(now).year
        target = registry.records.Target(year=str(year), recognised=80, high_share=25, growth=10)
        registry.put(connection, target, "demo", now)
        soon = (local_date(now) + timedelta(days=40)).isoformat()
        product = schema.recognitions.c.product == "HT-TKA-001"
        connection.execute(schema.recognitions.update().where(product).values(recognised_until=soon))


REPORTS = ("sales", "sales?by=product&unit=week", "sales?by=stars&unit=year", "scans", "stamps", "recognitions",
           "targets", "monthly")  # fmt: skip


@pytest.mark.timeout(400)  # axe on eight pages in two sizes, on a machine that may be busy
async def test_every_report_is_readable(a_year_of_sales: None, page: Page, log_in: Any, eyes: Any) -> None:
    await log_in(page, "viewer")
    for report in REPORTS:
        name = "report-" + re.sub(r"\W+", "-", report)
        await eyes.look_in_both_languages(page, f"/office/reports/{report}", name, phone=True)


async def test_a_chart_is_walked_by_keyboard_and_says_each_figure(
    a_year_of_sales: None, page: Page, log_in: Any
) -> None:
    await log_in(page, "viewer")
    await page.goto("/office/reports/sales?by=product")
    chart = page.locator("svg.chart.wide").first
    marks = chart.locator(".mark")
    await expect(marks.first).to_have_attribute("tabindex", "0")
    await marks.first.focus()
    note = page.locator(".chart-note")
    await expect(note).to_have_text(await marks.first.get_attribute("aria-label") or "")
    await page.keyboard.press("ArrowRight")
    await expect(marks.nth(1)).to_be_focused()
    await expect(note).to_have_text(await marks.nth(1).get_attribute("aria-label") or "")
    await page.keyboard.press("End")
    await expect(marks.last).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(note).not_to_be_visible()


async def test_from_an_outlet_on_the_map_to_its_goods_and_their_workbook(
    a_year_of_sales: None, page: Page, log_in: Any
) -> None:
    await log_in(page, "viewer")
    await page.get_by_role("link", name="Báo cáo", exact=True).click()
    await page.get_by_role("link", name="Quý", exact=True).click()
    place = page.locator("a.mark[href*='outlet=HT02']:visible").first
    await place.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Điểm bán OCOP Kỳ Anh")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Excel", exact=True).click()
    path = await (await download.value).path()
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets[1]
    rows = page.locator(".report-part").first.locator("tbody tr")
    assert sheet.max_row == await rows.count() + 2  # its header and its sum
