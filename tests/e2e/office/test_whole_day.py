"""An official's whole day in one run: the office and two outlets as real processes, pages in a real browser.

It begins with an empty registry and ends with the month's report. `SCREENSHOTS=DIR pytest
tests/e2e/office/test_whole_day.py` also leaves a picture of every page in DIR.
"""

import base64
import io
import re
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Download, Page, expect

from office import registry, settings, setup
from office.access import accounts, totp
from office.demo.stage import PIN, SUPERVISOR_PIN, Outlet, Stage, free_ports
from office.demo.visitor import Clerk
from office.storage import database
from office.times import local_date, now_ms

PASSWORD = "một mật khẩu dài"
PATIENCE = 30_000  # ms: for a machine that does other things too
PRICE = 95_000
CONFIG = """\
data = "office"
[http]
port = {port}
[stamps]
gs1_prefix = "893888"
[publish]
sold_everywhere_seconds = 1
"""
TABLES: dict[str, list[list[Any]]] = {
    "Chủ thể": [["Mã", "Tên chủ thể", "Loại hình", "Xã, phường"],
                ["CT-1", "HTX Bưởi Phúc Trạch Xanh", "Hợp tác xã", "Phúc Trạch"],
                ["CT-2", "Cơ sở Mật ong Hương Khê", "Hộ kinh doanh", "Hương Khê"]],
    "Sản phẩm": [["Mã", "Tên sản phẩm", "Chủ thể", "Nhóm", "Hạng sao", "Ngày công nhận", "Số quyết định"],
                 ["SP-1", "Mứt bưởi", "HTX Bưởi Phúc Trạch Xanh", "Thực phẩm", "3", date(2025, 2, 28), "12/QĐ-UBND"],
                 ["SP-2", "Mật ong rừng", "CT-2", "Thực phẩm", "sáu", date(2025, 2, 28), "12/QĐ-UBND"]],
    "Mặt hàng": [["GTIN", "Sản phẩm", "Quy cách", "Đơn vị tính", "Giá đề nghị (đ)"],
                 [None, "SP-1", "250 g", "hộp", "95.000"], [None, "SP-2", "500 ml", "chai", 180_000]],
    "Điểm bán": [["Mã điểm bán", "Tên điểm bán", "Địa chỉ", "Điện thoại", "Vĩ độ", "Kinh độ"],
                 ["HT01", "Cửa hàng OCOP Thành phố Hà Tĩnh", "1 Phan Đình Phùng", "0239 000 111", "18,343", "105,906"],
                 ["HT02", "Điểm bán OCOP Kỳ Anh", "Kỳ Anh", "0239 000 222", "18,073", "106,299"]],
    "Hợp đồng": [["Điểm bán", "Chủ thể", "Từ ngày"],
                 *([outlet, producer, "1/11/2025"] for outlet in ("HT01", "HT02") for producer in ("CT-1", "CT-2"))],
}  # fmt: skip


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """An office with a name and one administrator, its service running; two outlets that are not enrolled."""
    ports = free_ports(5)
    stage = Stage(tmp_path / "stage", ports)
    stage.prepare()
    stage.office_config.write_text(CONFIG.format(port=ports[0]), encoding="utf-8")
    engine = setup.initialise(settings.load(stage.office_config), now_ms())
    name = registry.Setting(name="office_name", value="Văn phòng Điều phối OCOP tỉnh Hà Tĩnh")
    with database.writing(engine) as connection:
        registry.import_rows(connection, registry.Import(settings=[name]), "test", now_ms())
        accounts.add(connection, "lan", PASSWORD, "administrator", "Trần Thị Lan")
    engine.dispose()
    try:
        config = str(stage.office_config)
        answers = stage.office + "/sync/v1/time?nonce=day"
        await stage.start("office", "office", "--config", config, answers=answers)
        yield stage
    finally:
        await stage.stop()


class Official:
    """At a desk, with the office's pages in a browser."""

    def __init__(self, page: Page, eyes: Any) -> None:
        self.page, self.eyes = page, eyes

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def open(self, name: str) -> None:
        await self.page.get_by_role("link", name=name, exact=True).click()

    async def look(self, name: str) -> None:
        """In both languages where the page can be asked for again, else as it is."""
        await self.eyes.look(self.page, f"day-{name}-vi")

    async def look_twice(self, name: str) -> None:
        await self.look(name)
        for lang in ("en", "vi"):
            address = re.sub(r"[?&]lang=..|#.*", "", self.page.url)
            await self.page.goto(f"{address}{'&' if '?' in address else '?'}lang={lang}")
            if lang == "en":
                await self.eyes.look(self.page, f"day-{name}-en")

    async def fetch(self, role: Any, name: str) -> bytes:
        async with self.page.expect_download() as waiting:
            await self.page.get_by_role(role, name=name, exact=True).click()
        download: Download = await waiting.value
        return (await download.path()).read_bytes()

    async def send(self, data: bytes) -> None:
        await self.page.goto("/office/import")
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        file = {"name": "danh-muc.xlsx", "mimeType": kind, "buffer": data}
        await self.page.set_input_files("#file", files=file)  # type: ignore[arg-type]
        await self.press("Xem trước")


@pytest_asyncio.fixture
async def context(chromium: Browser, stage: Stage) -> BrowserContext:
    """The official's browser."""
    expect.set_options(timeout=PATIENCE)
    shape: Any = {"width": 1366, "height": 768}
    context = await chromium.new_context(viewport=shape, base_url=stage.office, locale="vi-VN")
    context.set_default_timeout(PATIENCE)
    return context


async def open_shop(official: Official, stage: Stage, outlet: Outlet) -> None:
    """Enrol an outlet's device with the code that the office's page shows, and start its kiosk."""
    page, config = official.page, ("--config", str(outlet.config))
    await page.goto("/office/outlets")
    card = page.locator("section", has=page.get_by_role("heading", name=outlet.name))
    await card.get_by_role("button", name="Tạo mã ghi danh").click()
    command = await page.locator("section.code code").first.inner_text()
    if outlet.code == "HT01":
        await official.look("enrol")
    *_, url, code = command.split()
    await stage.run("enrol", *config, url, code)
    await stage.run("staff", *config, "nv1", "An", "--role", "clerk", stdin=PIN)
    await stage.run("staff", *config, "ql1", "Bình", "--role", "supervisor", stdin=SUPERVISOR_PIN)
    await stage.start(outlet.code, "kiosk", *config, answers=outlet.staff + "/api/status")


async def stamp_pictures(chromium: Browser, sheet: bytes, count: int) -> list[bytes]:
    """Photographs of the first stamps of a printed sheet (SVG)."""
    context = await chromium.new_context(device_scale_factor=4)
    page = await context.new_page()
    await page.set_content(f"<body style='margin:0'>{sheet.decode()}")
    pictures = []
    for number in range(count):
        box = await page.locator("svg > g").nth(number).bounding_box()
        assert box is not None
        edge = 14  # px of white around it
        clip: Any = {"x": box["x"] - edge, "y": box["y"] - edge,
                     "width": box["width"] + 2 * edge, "height": box["height"] + 2 * edge}  # fmt: skip
        pictures.append(await page.screenshot(type="jpeg", quality=90, clip=clip))
    await context.close()
    return pictures


def show(picture: bytes, camera: Path, name: str) -> None:
    """Hold a picture before a virtual camera: whole at once."""
    (camera / f"{name}.part").write_bytes(picture)
    (camera / f"{name}.part").rename(camera / f"{name}.jpg")


@pytest.mark.timeout(300)  # some 40 s where nothing else runs
async def test_an_official_s_whole_day(
    stage: Stage, chromium: Browser, context: BrowserContext, eyes: Any, workbook: Callable[[Any], bytes]
) -> None:
    page = await context.new_page()
    troubles: list[str] = []
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    official = Official(page, eyes)
    first, second = stage.outlets
    today = local_date(now_ms())

    # In the morning: log in; an administrator makes a second factor first.
    await page.goto("/office")
    await official.look("login")
    await page.fill("#login", "lan")
    await page.fill("#password", PASSWORD)
    await official.press("Đăng nhập")
    await official.look("second-factor")
    secret = base64.b32decode(await page.locator("ol code").inner_text())
    await page.fill("#code", totp.code(secret, now_ms() // totp.STEP_MS))
    await official.press("Xác nhận")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tổng quan")

    # The registry comes from Excel; one row of it is wrong.
    await official.send(workbook(TABLES))
    await expect(page.get_by_role("alert")).to_contain_text("1 lỗi; chưa ghi gì")
    wrong = page.locator(".problems tbody tr")
    await expect(wrong).to_have_count(1)
    assert await wrong.locator("td").all_inner_texts() == [
        "Sản phẩm", "3", "E Hạng sao", "sáu", "Chỉ nhận: 3 sao, 4 sao, 5 sao."
    ]  # fmt: skip
    await official.look("import-wrong")
    mended = TABLES | {"Sản phẩm": [*TABLES["Sản phẩm"][:2], [*TABLES["Sản phẩm"][2]]]}
    mended["Sản phẩm"][2][4] = 4
    await official.send(workbook(mended))
    await expect(page.locator("p.good")).to_contain_text("Tệp đúng. Chưa ghi gì.")
    await official.look("import-right")
    await official.press("Nhập vào danh mục")
    await expect(page).to_have_url(re.compile(r"/office/import\?answer="))  # where the end of an import leads
    await expect(page.locator("p.good")).to_contain_text("Đã nhập xong.")

    # The council has given the jam a fourth star.
    await page.goto("/office/registry/products?q=mut+buoi")
    await official.open("Mứt bưởi")
    await official.open("+ Thêm quyết định công nhận")
    await page.fill("#f-recognised", f"{today:%d/%m/%Y}")
    await page.select_option("#f-stars", "4")
    await page.fill("#f-decision", "77/QĐ-UBND")
    await official.look("recognition-form")
    await official.press("Lưu")
    await page.goto("/office/registry/products/SP-1")
    await expect(page.locator("dl").first).to_contain_text("77/QĐ-UBND")
    await expect(page.locator("dl .stars")).to_have_attribute("aria-label", re.compile("^4 sao"))
    await official.look_twice("product")
    gtin = await page.locator(".related a", has_text="0893888").inner_text()

    # Both outlets open; what is done from now on reaches them as deltas.
    await open_shop(official, stage, first)
    await open_shop(official, stage, second)

    # Stamps: issued, printed, activated for a lot.
    await page.goto(f"/office/stamps/issue?gtin={gtin}")
    await page.fill("#f-count", "60")
    await official.press("Tiếp")
    await expect(page.locator(".confirm")).to_contain_text("12.000 ₫")
    await official.look("issue")
    await official.press("Phát hành tem")
    await official.look_twice("batch")
    assert (await official.fetch("button", "PDF, tờ A4")).count(b"/Type/Page/") == 2
    stamps = await stamp_pictures(chromium, await official.fetch("button", "SVG, tờ đầu"), 3)
    await page.get_by_role("link", name="Kích hoạt", exact=True).last.click()
    produced = today - timedelta(days=3)
    for name, value in {"first": "1", "last": "40", "code": "MB-01", "produced": f"{produced:%d/%m/%Y}",
                        "expires": f"{today.replace(year=today.year + 1, day=1):%d/%m/%Y}",
                        "quantity": "40"}.items():  # fmt: skip
        await page.fill(f"#f-{name}", value)
    await official.press("Tiếp")
    await official.look("activate")
    await official.press("Kích hoạt tem")
    await official.look_twice("stamps")

    # At the first outlet the till's camera sees a printed stamp; the catalogue with it came by itself.
    till = await (
        await chromium.new_context(viewport={"width": 1280, "height": 800}, locale="vi-VN")
    ).new_page()
    till.set_default_timeout(PATIENCE)
    await till.goto(first.staff + "/staff")
    await till.locator("#pin").press_sequentially(PIN, delay=50)
    await till.keyboard.press("Enter")
    await till.locator("#open").click()
    await expect(till.locator("#code")).to_be_focused()
    watched = await context.new_page()
    await watched.goto("/office")
    await expect(watched.locator("#live")).to_be_visible()
    await expect(watched.locator(".tiles")).to_contain_text("0 ₫")
    async with Clerk(second, PIN) as clerk:
        await clerk.start()
        await clerk.request("POST", "/api/basket")
        show(stamps[0], first.till_camera, "1")
        line = till.locator("#lines li")
        await expect(line).to_contain_text("Mứt bưởi")
        await eyes.look(till, "day-till", ("desk",))
        await till.locator("#cash").press_sequentially("100000")
        await till.keyboard.press("Enter")
        await expect(till.locator("#paid-number")).to_have_text(re.compile(r"HT01A-\d+"))

        # The sale is on the office's page without a click, and on the list of receipts.
        await expect(watched.locator(".tiles")).to_contain_text("95.000 ₫")
        await Official(watched, eyes).look_twice("overview")
        await page.goto("/office/sales")
        await expect(page.locator("tbody tr")).to_contain_text("95.000 ₫")
        await official.look_twice("sales")

        # A copy of the stamp turns up at the other outlet, whose supervisor lets it pass.
        code = await sold_elsewhere(clerk, stamps[0], second)
        asked = {"pin": SUPERVISOR_PIN, "code": code, "verdict": "sold_elsewhere"}
        approval = (await clerk.request("POST", "/api/approvals", asked))["token"]
        basket = await clerk.request("GET", "/api/basket")
        body = {"basket": basket["id"], "lines": [{"code": code, "qty": 1, "price": PRICE, "approval": approval}],
                "payments": [{"kind": "cash", "amount": PRICE}]}  # fmt: skip
        await clerk.request("POST", "/api/sales", body, **{"Idempotency-Key": "copy"})

    # The alert shows both receipts and where; it is handled with a note.
    await expect(watched.locator(".places .count")).to_be_visible()
    await watched.close()
    await page.goto("/office/alerts")
    await official.look_twice("alerts")
    await page.locator(".alerts").get_by_role("link", name="Một tem bán hai lần").click()
    await expect(page.locator(".paper-slip")).to_have_count(2)
    await expect(page.locator(".place-map")).to_contain_text("Kỳ Anh")
    await official.look_twice("alert")
    await page.fill("#note", "Đã gọi Kỳ Anh: tem bị chụp lại, hàng đã thu về.")
    await official.press("Đánh dấu đã xử lý")
    await expect(page.locator(".heading .flag")).to_have_text("đã xử lý")

    # The lot is recalled: which tills know, while it happens; then a till refuses the next jar.
    await page.goto("/office/registry/lots")
    await page.get_by_role("row", name="MB-01").get_by_role("rowheader").get_by_role("link").click()
    await official.open("Thu hồi lô")
    await page.fill("#f-reason", "Nhiễm mốc")
    await official.look("recall")
    await official.press("Thu hồi lô")
    await official.open("Những quầy nào đã biết?")
    await expect(page.locator("#how-far")).to_contain_text("2 / 2")
    await official.look_twice("reach")
    await till.get_by_role("button", name="Khách tiếp theo").click()
    await expect(till.locator("#empty")).to_be_visible()
    show(stamps[1], first.till_camera, "2")
    await expect(till.locator("#scan")).to_contain_text("thu hồi")
    await eyes.look(till, "day-till-recalled", ("desk",))

    # In the evening: the month's report, on the screen, in Excel, on paper.
    await page.goto("/office/reports/monthly")
    await expect(page.locator(".tiles").first).to_contain_text("190.000 ₫")
    await official.look_twice("monthly")
    book = openpyxl.load_workbook(io.BytesIO(await official.fetch("link", "Excel")))
    amounts = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert 2 * PRICE in amounts
    assert (await official.fetch("link", "PDF")).startswith(b"%PDF-")
    await official.press("Đăng xuất")
    await expect(page.locator("#login")).to_be_visible()
    assert troubles == []


async def sold_elsewhere(clerk: Clerk, picture: bytes, outlet: Outlet) -> str:
    """Hold a stamp to the till's camera until the outlet knows that it is sold; its text."""
    for number in range(1000):
        clerk.forget()
        show(picture, outlet.till_camera, f"copy-{number}")
        event = await clerk.event("verdict", lambda one: one["reader"] == "till-camera")
        if event["verdict"] == "sold_elsewhere":
            return str(event["code"])
        assert event["verdict"] in ("genuine", "in_basket")
        await clerk.request("DELETE", "/api/basket")
        await clerk.request("POST", "/api/basket")
    raise AssertionError("it never hears of the sale")
