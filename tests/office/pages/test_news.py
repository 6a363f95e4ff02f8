"""The pages that keep themselves current hear of what happened, and of nothing else."""

import asyncio
import re

from office.audit import alert
from office.outlets.ingest import ingest
from office.storage import database


async def heard(answer):
    """The next event's data."""
    async with asyncio.timeout(60):
        while not (line := (await answer.content.readline()).decode()).startswith("data: "):
            assert line
    return line.removeprefix("data: ").strip()


async def test_a_page_hears_of_a_sale_and_an_alert(desk, engine, enrolled, gtin, now):
    device = enrolled("HT01A")
    await desk.log_in("viewer")
    for path in ("/office", "/office/sales"):
        page = await desk.client.get(path)
        assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
        (known,) = re.findall('data-news="([^"]+)"', await page.text())
    answer = await desk.client.get("/office/news")
    assert await heard(answer) == known  # nothing to fetch

    device.sell(gtin, 1)
    ingest(engine, "HT01A", device.segment(), now)
    sold = await heard(answer)
    with database.writing(engine) as connection:
        alert(connection, now, "sold_twice", "HT01", "HT01A", 1, {}, gtin, 1)
    alerted = await heard(answer)
    assert len({known, sold, alerted}) == 3
    (current,) = re.findall('data-news="([^"]+)"', await desk.get("/office"))
    assert current == alerted
