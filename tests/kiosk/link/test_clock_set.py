"""When the office corrects a running outlet's clock, the journal says so, before what is written after it."""

import json


def entries(shop):
    found = [(json.loads(one.header), json.loads(one.body)) for one in shop.source.read(1, 100)]
    return [(header["kind"], header["at"], header["clock"], body) for header, body in found]


async def test_a_corrected_clock_is_in_the_journal(shop):
    await shop.outlet.report("shopper")
    earlier = shop.clock.moment().at - 7_200_000
    shop.clock.office_time(earlier)
    await shop.outlet.report("shopper")
    (kind, before, clock, _), (set_kind, set_at, _, body), (_, after, _, _) = entries(shop)
    assert (kind, set_kind, clock) == ("report", "clock_set", "sure")
    assert body["source"] == "office" and body["after"] == earlier
    assert 0 <= body["before"] - before < 60_000
    assert earlier <= set_at <= after < before


async def test_a_confirmed_clock_is_not(shop):
    shop.clock.office_time(shop.clock.moment().at)
    await shop.outlet.report("shopper")
    assert [kind for kind, *_ in entries(shop)] == ["report"]
