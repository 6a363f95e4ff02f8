"""An official's day in a real browser: import, issue, print, activate, correct a mistake, statement, accounts.

`SCREENSHOTS=DIR pytest tests/e2e/test_office_day.py` also leaves a picture of every page in DIR.
"""

import io
import os
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect
from sqlalchemy import Engine, select

from office import accounts, database, registry, rollups, schema, service, setup, sheets
from office.demo import samples
from office.settings import Http, Settings, Stamps
from office.times import local_date, now_ms

ROOT = Path(__file__).parents[2]
AXE = (ROOT / "tests/micropython/node_modules/axe-core/axe.min.js").read_text()
PICTURES = os.environ.get("SCREENSHOTS")
DESK = {"width": 1280, "height": 800}
PASSWORD = "một mật khẩu dài"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
ROLES = {"registrar": "", "officer": "", "inspector": "", "viewer": "", "producer": "CT-HT-TKA-001"}

Row = list[Any]


class Moment(NamedTuple):
    """When a sale was made, ms UTC."""

    at: int


@pytest.fixture
def address(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "office"), stamps=Stamps(gs1_prefix="893888"), http=Http(port=0))


@pytest.fixture
def office(address: Settings) -> Iterator[Engine]:
    engine = setup.initialise(address, now_ms())
    yield engine
    engine.dispose()


@pytest_asyncio.fixture
async def url(address: Settings, office: Engine) -> AsyncIterator[str]:
    """An office with the samples and an account of each role."""
    engine = office
    samples.fill(engine, address, now_ms())
    with database.writing(engine) as connection:
        for role, producer in ROLES.items():
            accounts.add(connection, role, PASSWORD, role, role.title(), None, producer)
        accounts.add(connection, "administrator", PASSWORD, "administrator", "Quản trị")
    runner = await service.start(service.build(address), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture
async def page(url: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        path = next(filter(os.path.exists, ("/usr/bin/chromium", "/usr/bin/chromium-browser")), None)
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        context = await browser.new_context(viewport=DESK, base_url=url, java_script_enabled=True)  # type: ignore[arg-type]
        yield await context.new_page()
        await browser.close()


async def log_in(page: Page, who: str) -> None:
    await page.context.clear_cookies()
    await page.goto("/office/login")
    await page.fill("#login", who)
    await page.fill("#password", PASSWORD)
    await page.get_by_role("button", name="Đăng nhập").click()


async def look(page: Page, name: str, width: int = DESK["width"]) -> None:
    """The page is accessible, and nothing of it lies outside the screen's width."""
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})")
    told = [(v["id"], [node["target"] for node in v["nodes"]][:3]) for v in found["violations"]]
    assert told == [], (name, page.url, told)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def workbook() -> bytes:
    """A new producer with a product, its goods without a GTIN, and a contract; one mistake in it."""
    tables: dict[str, list[Row]] = {
        "Chủ thể": [["Mã", "Tên chủ thể", "Loại hình", "Xã, phường"],
                    ["CT-100", "HTX Bưởi Phúc Trạch Xanh", "Hợp tác xã", "Phúc Trạch"]],
        "Sản phẩm": [["Mã", "Tên sản phẩm", "Chủ thể", "Nhóm", "Hạng sao", "Ngày công nhận", "Số quyết định"],
                     ["SP-100", "Mứt bưởi", "HTX Bưởi Phúc Trạch Xanh", "Thực phẩm", "4", "31/2/2026", "12/QĐ"]],
        "Mặt hàng": [["GTIN", "Sản phẩm", "Quy cách", "Đơn vị tính", "Giá đề nghị (đ)"],
                     [None, "SP-100", "250 g", "hộp", "95.000"]],
        "Hợp đồng": [["Điểm bán", "Chủ thể", "Từ ngày"], ["HT01", "CT-100", "1/11/2026"]],
    }  # fmt: skip
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in tables.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def send(page: Page, data: bytes) -> None:
    await page.goto("/office/import")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    await page.set_input_files("#file", {"name": "danh-muc.xlsx", "mimeType": kind, "buffer": data})
    await page.get_by_role("button", name="Xem trước").click()


async def test_an_official_s_day_from_import_to_statement(page: Page) -> None:
    await log_in(page, "registrar")
    await send(page, workbook())
    await expect(page.get_by_role("alert")).to_contain_text("1 lỗi; chưa ghi gì")
    await expect(page.locator(".problems tbody tr")).to_contain_text("31/2/2026")
    await look(page, "import-problem")
    mended = openpyxl.load_workbook(io.BytesIO(workbook()))
    mended["Sản phẩm"]["F2"] = "28/2/2026"
    out = io.BytesIO()
    mended.save(out)
    await send(page, out.getvalue())
    await expect(page.locator("p.good")).to_contain_text("Tệp đúng. Chưa ghi gì.")
    await look(page, "import-right")
    await page.get_by_role("button", name="Nhập vào danh mục").click()
    await expect(page.locator("p.good")).to_contain_text("Đã nhập xong.")
    await look(page, "import-done")

    await page.goto("/office/registry/products")
    await page.fill("#q", "mut buoi")
    await page.get_by_role("button", name="Tìm").click()
    await page.get_by_role("link", name="Mứt bưởi").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Mứt bưởi")
    await expect(page.locator("dl")).to_contain_text("28/02/2029")  # 36 months
    await look(page, "product")
    gtin = await page.locator(".related a", has_text="0893888").inner_text()

    await log_in(page, "officer")
    await page.goto(f"/office/stamps/issue?gtin={gtin}")
    await page.fill("#f-count", "120")
    await page.get_by_role("button", name="Tiếp").click()
    await expect(page.locator(".confirm")).to_contain_text("24.000 ₫")
    await look(page, "issue-confirm")
    await page.get_by_role("button", name="Phát hành tem").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Đợt tem")
    await look(page, "batch")
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="PDF, tờ A4").click()
    downloaded = await waiting.value
    assert (await downloaded.path()).read_bytes().count(b"/Type/Page/") == 3
    await page.get_by_role("link", name="Kích hoạt", exact=True).last.click()
    for name, value in {"first": "1", "last": "60", "code": "MB-01", "produced": "20/11/2026"}.items():
        await page.fill(f"#f-{name}", value)
    await page.get_by_role("button", name="Tiếp").click()
    await expect(page.locator(".confirm")).to_contain_text("60")
    await page.get_by_role("button", name="Kích hoạt tem").click()
    row = page.get_by_role("row", name=re.compile("Mứt bưởi")).first
    await expect(row).to_contain_text("120")
    await expect(row).to_contain_text("60")
    await page.goto("/office/stamps/statement?producer=CT-100&from=2026-01-01")
    await expect(page.locator(".paper")).to_contain_text("24.000 ₫")
    await look(page, "statement")

    await log_in(page, "registrar")
    await page.goto("/office/history?kind=producers&key=CT-100")
    await page.get_by_role("button", name="Hoàn tác").click()
    await expect(page.get_by_role("alert")).to_contain_text("đang được hồ sơ khác dùng")
    async with page.expect_download() as waiting:
        await page.goto("/office/registry/products")
        await page.get_by_role("link", name="Xuất Excel", exact=True).click()
    data = (await (await waiting.value).path()).read_bytes()
    (table,) = sheets.read("x.xlsx", data)
    assert len(table.rows) == 74


PAGES = {
    "registrar": [
        "/office/registry/producers", "/office/registry/products/new", "/office/registry/products/HT-TKA-001",
        "/office/registry/outlets/HT01/edit", "/office/registry/recognitions", "/office/registry/trade_items",
        "/office/registry/contracts", "/office/registry/lots", "/office/registry/inspections", "/office/history",
        "/office/import", "/office/account", "/office",
    ],
    "officer": ["/office/stamps", "/office/stamps?by=producer", "/office/stamps/batches/1", "/office/stamps/issue",
                "/office/stamps/activate", "/office/stamps/void", "/office/stamps/correct",
                "/office/stamps/correct-lot?lot=HT-TKA-001-L1", "/office/outlets"],
    "inspector": ["/office/registry/inspections/new", "/office/registry/lots/HT-TKA-001-L1/end",
                  "/office/registry/products/HT-TKA-001/end"],
    "producer": ["/office", "/office/stamps/activate", "/office/stamps/statement", "/office/registry/products"],
    "administrator": ["/office/second-factor"],
}  # fmt: skip


@pytest.mark.parametrize("role", PAGES)
async def test_every_page_is_accessible_in_both_languages(page: Page, role: str) -> None:
    await log_in(page, role)
    for lang in ("en", "vi"):
        for path in PAGES[role]:
            await page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
            await look(page, f"{role}-{lang}-" + re.sub(r"\W+", "-", path).strip("-"))


async def test_a_form_s_mistakes_are_reached_from_the_top(page: Page) -> None:
    await log_in(page, "registrar")
    await page.goto("/office/registry/producers/new")
    await page.fill("#f-id", "CT 1")
    await page.get_by_role("button", name="Lưu").click()
    await look(page, "form-problems")
    await page.locator(".problem").get_by_role("link", name="Mã").click()
    await expect(page.locator("#f-id")).to_have_attribute("aria-invalid", "true")
    assert await page.locator("#f-id").input_value() == "CT 1"


@pytest.fixture
def a_year_of_sales(office: Engine, url: str) -> None:
    """Sales of fifteen kinds of goods over fourteen months, scans, targets, and a recognition that runs out."""
    now, items = now_ms(), schema.trade_items
    with database.writing(office) as connection:
        gtins = connection.execute(select(items.c.gtin).order_by(items.c.gtin).limit(15)).scalars().all()
        for week in range(60):
            when = now - week * 7 * 86_400_000
            for number, gtin in enumerate(gtins):
                count = 1 + (week * 7 + number * 5) % 9
                outlet = f"HT{(week + number) % 2 + 1:02}"
                line = {"gtin": gtin, "qty": count, "amount": 45_000 * count * (number + 2), "ordinal": None}
                rollups.add_sales(connection, outlet, [when], [(Moment(when), line)], [])
                rollups.add_looks(connection, [(when, outlet, gtin, 3 * count), (when, "", gtin, count)])
        year = local_date(now).year
        target = registry.records.Target(year=str(year), recognised=80, high_share=25, growth=10)
        registry.put(connection, target, "demo", now)
        soon = (local_date(now) + timedelta(days=40)).isoformat()
        product = schema.recognitions.c.product == "HT-TKA-001"
        connection.execute(schema.recognitions.update().where(product).values(recognised_until=soon))


REPORTS = ("sales", "sales?by=product&unit=week", "sales?by=stars&unit=year", "scans", "stamps", "recognitions",
           "targets", "monthly")  # fmt: skip


@pytest.mark.timeout(400)  # axe on eight pages, on a machine that may be busy
@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (360, 740)])
async def test_every_report_is_readable(
    page: Page, a_year_of_sales: None, lang: str, width: int, height: int
) -> None:
    await log_in(page, "viewer")
    await page.set_viewport_size({"width": width, "height": height})
    for report in REPORTS:
        await page.goto(f"/office/reports/{report}{'&' if '?' in report else '?'}lang={lang}")
        await look(page, f"report-{width}-{lang}-" + re.sub(r"\W+", "-", report), width)


async def test_a_chart_is_walked_by_keyboard_and_says_each_figure(page: Page, a_year_of_sales: None) -> None:
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
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/report-note.png")
    await page.keyboard.press("Escape")
    await expect(note).not_to_be_visible()


async def test_from_an_outlet_on_the_map_to_its_goods_and_their_workbook(
    page: Page, a_year_of_sales: None
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


async def test_a_registrar_sets_targets_and_the_history_has_them(page: Page) -> None:
    await log_in(page, "registrar")
    await page.goto("/office/reports/targets")
    await page.get_by_role("link", name="Đặt chỉ tiêu").click()
    await page.fill("#f-year", str(local_date(now_ms()).year))
    await page.fill("#f-recognised", "10")
    await page.get_by_role("button", name="Lưu").click()
    await page.goto("/office/reports/targets")
    await expect(page.locator(".tiles")).to_contain_text("chỉ tiêu 10: đạt")
    await page.get_by_role("link", name="Đặt chỉ tiêu").click()
    await expect(page.locator("#f-recognised")).to_have_value("10")
    await page.goto("/office/history?kind=targets")
    await expect(page.locator("main")).to_contain_text("Chỉ tiêu")
