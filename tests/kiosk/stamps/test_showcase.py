"""The shop's products on the idle screen, and what one costs here."""

from kiosk.host.data.journal import Moment, append

MOMENT = Moment(1_795_000_000_000, 0, "sure")


async def write(shop, kind, **body):
    await shop.writer.write(lambda db: append(db, "HT01A", kind, {"v": 1, "staff": "ql1"} | body, MOMENT))


async def test_what_is_in_stock_comes_first(shop):
    shown = shop.outlet._judge.products("2026-11-26")
    assert [one["name"] for one in shown] == ["Nước mắm", "Nón lá"]
    await write(shop, "stock_count", lines=[{"gtin": shop.plain, "counted": 3, "expected": 0}])
    shown = shop.outlet._judge.products("2026-11-26")
    assert [one["name"] for one in shown] == ["Nón lá", "Nước mắm"]


async def test_goods_that_are_only_there_expired_do_not_come_first(shop):
    await write(shop, "stock_count", lines=[{"gtin": shop.plain, "counted": 3, "expected": 0}])
    came = {"gtin": shop.gtin, "serial": 1, "qty": 1, "verdict": "genuine", "flagged": False}
    await write(shop, "receiving", lines=[came], catalogue=None, age="none")
    for day, first in (("2097-12-31", "Nước mắm"), ("2098-01-02", "Nón lá")):
        assert shop.outlet._judge.products(day)[0]["name"] == first, day


async def test_nothing_is_praised_after_its_recognition(shop):
    assert shop.outlet._judge.products("2099-01-02") == []


async def test_the_price_here_is_the_outlets_own(shop):
    await write(shop, "price", gtin=shop.gtin, price=99_000)
    event = await shop.outlet.scan(shop.stamp(1), "eye", "shopper", "look")
    assert event["provenance"]["trade_item"]["price"] == 99_000
    await write(shop, "price", gtin=shop.gtin, price=None)
    event = await shop.outlet.scan(shop.stamp(1), "eye", "shopper", "look")
    assert event["provenance"]["trade_item"]["price"] == 110_000
