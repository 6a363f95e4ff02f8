"""Looks beyond 600 an hour are one count in the journal; scans at the till are always told."""

import json

from kiosk.host.stamps import scan_log


async def kept(shop):
    await shop.writer.flush()
    rows = shop.db.execute("SELECT body FROM journal WHERE kind = 'scan' ORDER BY seq")
    return [json.loads(body) for (body,) in rows]


async def test_the_601st_look_of_an_hour_is_only_counted(shop):
    for _ in range(scan_log.MOST + 50):
        await shop.outlet.scan(shop.stamp(1), "eye", "shopper", "look")
    await shop.outlet.scan(shop.stamp(2), "gun", "till", "look")
    told = await kept(shop)
    assert len(told) == scan_log.MOST + 1
    assert told[-1]["reader"] == "gun"
    shop.outlet.scans.end_hour()
    count = (await kept(shop))[-1]
    assert (count["v"], count["count"]) == (2, 50)
    assert count["since"] <= count["until"]


async def test_the_next_hour_tells_them_again_and_a_quiet_one_has_no_count(shop):
    for _ in range(scan_log.MOST + 1):
        await shop.outlet.scan(shop.stamp(1), "eye", "shopper", "look")
    shop.outlet.scans.end_hour()
    await shop.outlet.scan(shop.stamp(1), "eye", "shopper", "look")
    shop.outlet.scans.end_hour()
    assert [one["v"] for one in await kept(shop)][-2:] == [2, 1]
