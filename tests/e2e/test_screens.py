"""What both screens keep: money and dates as Vietnamese people write them, stillness for who wants it, little weight."""

import pytest
from screens import Screens

from kiosk.host.web import pages

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_money_dates_and_likely_notes(screens: Screens) -> None:
    page = await screens.open("/")
    asked = """async (folder) => {
        const [cash, format] = await Promise.all([import(folder + "cash.js"), import(folder + "format.js")]);
        return [
            cash.likelyAmounts(185000), cash.likelyAmounts(200000), cash.likelyAmounts(1950000),
            cash.readAmount("2.200.000 ₫"), cash.readAmount("₫"),
            [0, 999, 1000, 1250000, 12345678901].map(format.digits), format.dong(185000),
            format.day("2026-11-23"), format.fullMoment(Date.UTC(2026, 10, 22, 17, 5)),
            format.moment(Date.UTC(2026, 10, 23, 2), Date.UTC(2026, 10, 22, 18)),
            format.moment(Date.UTC(2026, 10, 22, 16), Date.UTC(2026, 10, 22, 18)),
        ];
    }"""
    assert await page.evaluate(asked, pages.static.url("cash.js").removesuffix("cash.js")) == [
        [190_000, 200_000, 500_000],
        [500_000],
        [1_960_000, 2_000_000],
        2_200_000,
        None,
        ["0", "999", "1.000", "1.250.000", "12.345.678.901"],
        "185.000\u00a0₫",
        "23/11/2026",
        "00:05 23/11/2026",
        "09:00",
        "23:00 22/11/2026",
    ]


async def test_reduced_motion_stills_every_picture(screens: Screens) -> None:
    moving = "() => document.getAnimations().length"
    assert await (await screens.open("/")).evaluate(moving) > 0
    assert await (await screens.open("/", reduced_motion="reduce")).evaluate(moving) == 0


async def test_a_page_weighs_little(screens: Screens) -> None:
    for path in ("/", "/staff"):
        page = await screens.open(path)
        weight = await page.evaluate(
            "() => ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
            ".reduce((sum, entry) => sum + entry.encodedBodySize, 0)"
        )
        assert 10_000 < weight <= 150_000
