"""Every page of the office at 1366 px in English and Vietnamese: axe finds nothing, and it fits a phone too.

`SCREENSHOTS=DIR pytest tests/e2e/office/test_pages.py` also leaves a picture of every page in DIR.
"""

import base64
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from office import service
from office.access import totp
from office.registry.kinds import KINDS
from office.settings import Settings
from office.times import now_ms

PAGES = {
    "registrar": [
        *(f"/office/registry/{kind}" for kind in KINDS),
        *(f"/office/registry/{kind}/new" for kind in KINDS if kind != "inspections"),
        "/office/registry/producers/CT-HT-TKA-001", "/office/registry/products/HT-TKA-001",
        "/office/registry/trade_items/08939999000017", "/office/registry/lots/HT-TKA-001-L1",
        "/office/registry/outlets/HT01", "/office/registry/outlets/HT01/edit",
        "/office/registry/lots/HT-TKA-001-L1/edit", "/office/history", "/office/import", "/office/account", "/office",
    ],
    "officer": ["/office/stamps", "/office/stamps?by=producer", "/office/stamps/batches/1", "/office/stamps/issue",
                "/office/stamps/activate", "/office/stamps/void", "/office/stamps/correct",
                "/office/stamps/correct-lot?lot=HT-TKA-001-L1", "/office/outlets", "/office/sales"],
    "inspector": ["/office/registry/inspections/new", "/office/registry/lots/HT-TKA-001-L1/end",
                  "/office/registry/products/HT-TKA-001/end", "/office/alerts", "/office/fleet"],
    "producer": ["/office", "/office/stamps/activate", "/office/stamps/statement", "/office/registry/products"],
    "": ["/office/login"],
}  # fmt: skip
"""By the role that looks at them."""

ELSEWHERE = ("/office/second-factor", "/office/accounts", "/office/reports", "/office/reports/{report}",
             "/office/fleet/{device}", "/office/alerts/{alert}", "/office/devices/{device}/branches",
             "/office/reach/{record}/{key}", "/office/import/{id}")  # fmt: skip
"""Looked at below, or by the other browser tests, or (branches) like every page of its parts."""

NO_PAGES = ("/office/registry", "/office/export/{name}.{form}", "/office/files/{number}",
            "/office/fleet.json", "/office/news", "/office/reach/{record}/{key}/events", "/office/stamps/statistics.xlsx")  # fmt: skip


@pytest.mark.timeout(400)  # axe on many pages, on a machine that may be busy
@pytest.mark.parametrize("role", PAGES)
async def test_every_page_is_accessible_in_both_languages(
    page: Page, log_in: Any, eyes: Any, role: str
) -> None:
    if role:
        await log_in(page, role)
    for path in PAGES[role]:
        await eyes.look_in_both_languages(page, path, f"{role}-" + re.sub(r"\W+", "-", path).strip("-"))


async def test_an_administrator_s_pages_too(page: Page, log_in: Any, eyes: Any) -> None:
    await log_in(page, "administrator")
    await eyes.look_in_both_languages(page, "/office/second-factor", "second-factor")
    secret = base64.b32decode(await page.locator("ol code").inner_text())
    await page.fill("#code", totp.code(secret, now_ms() // totp.STEP_MS))
    await page.get_by_role("button", name="Xác nhận").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tổng quan")
    await eyes.look_in_both_languages(page, "/office/accounts", "accounts")


async def test_what_is_printed_is_without_menus_and_buttons(page: Page, log_in: Any) -> None:
    await log_in(page, "officer")
    for path in ("/office", "/office/stamps", "/office/stamps/batches/1", "/office/registry/products",
                 "/office/registry/lots/HT-TKA-001-L1", "/office/reports/stamps", "/office/history"):  # fmt: skip
        await page.emulate_media(media="screen")
        await page.goto(path)
        await expect(page.locator("header.top")).to_be_visible()
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        for left_out in ("header.top", "main nav", "main button", "main .button"):
            assert [await one.is_visible() for one in await page.locator(left_out).all()].count(True) == 0, (
                path,
                left_out,
            )
    await page.goto(
        "/office/stamps"
    )  # 70 products: a browser would repeat the foot of the table on each sheet
    foot = await page.locator("tfoot").evaluate("foot => getComputedStyle(foot).display")
    assert foot == "table-row-group"


def test_no_page_is_left_out(settings: Settings) -> None:
    seen = [path.partition("?")[0] for paths in PAGES.values() for path in paths]
    left = set()
    for route in service.build(settings).router.routes():
        if route.method == "GET" and route.resource is not None and hasattr(route.handler, "permission"):
            known = route.resource.get_info()
            pattern = known.get("pattern") or re.compile(re.escape(known["path"]))
            if not any(pattern.fullmatch(path) for path in seen):
                left.add(route.resource.canonical)
    kinds = {
        f"/office/registry/{kind}/{{key}}{more}" for kind in KINDS for more in ("", "/edit")
    }  # all of one template
    assert left - kinds == {*ELSEWHERE, *NO_PAGES}
