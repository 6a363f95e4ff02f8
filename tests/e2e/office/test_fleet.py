"""An official looks after the fleet, a recall and alerts in a real browser, and a phone looks at stamps.

`SCREENSHOTS=DIR pytest tests/e2e/office/test_fleet.py` also leaves a picture of every page in DIR.
"""

import os
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import Connection, Engine, insert, select, update

from office import schema
from office.alerting import far_apart, overproduced
from office.audit import alert
from office.outlets import health
from office.publishing import keys, reach
from office.resolver import phone_looks
from office.settings import Settings
from office.storage import database
from office.times import now_ms
from scanner import stamps as stamp_texts
from sync import canonical

PHONE = {"width": 360, "height": 740}
FISH_SAUCE = "HT-TKA-001"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def a_report(**changes: object) -> health.Report:
    told = {"v": 1, "version": "0.1.0", "waiting": 0, "seq": 40, "clock": "sure", "sync": "ok", "catalogue": None,
            "printer": {"state": "ok", "detail": ""}, "readers": {"camera-shopper": {"state": "ok", "detail": ""}},
            "disk": {"free": 21_000_000_000, "size": 31_000_000_000}}  # fmt: skip
    return health.read(canonical.encode(told | changes))


def devices(engine: Engine, now: int) -> None:
    """Four tills: one well, one without paper, one silent, one that never reports."""
    rows = (("HT01A", "HT01", now - 8000, 40), ("HT01B", "HT01", now - 50_000, 1204),
            ("HT02A", "HT02", now - 3 * DAY, 318), ("HT02B", "HT02", now - 5 * MINUTE, 77))  # fmt: skip
    with database.writing(engine) as connection:
        for name, outlet, seen, head in rows:
            public = os.urandom(32).hex()
            connection.execute(
                insert(schema.devices).values(
                    id=name, outlet=outlet, public=public, state="active", enrolled_at=now - 40 * DAY, seen_at=seen,
                    head_seq=head, version="0.1.0", catalogue=now - HOUR, catalogue_at=now - HOUR,
                )
            )  # fmt: skip
        health.keep(connection, "HT01A", a_report(), now - 8000)
        broken = {"state": "trouble", "detail": "Hết giấy. / Out of paper."}
        health.keep(connection, "HT01B", a_report(printer=broken, seq=1204, clock="unsure"), now - 50_000)
        health.keep(connection, "HT02A", a_report(seq=330), now - 3 * DAY)
        table = schema.outlets
        connection.execute(update(table).where(table.c.code == "HT02").values(phone="0239 000 222"))


def stored(connection: Connection, key: dict[str, Any], at: int) -> None:
    """An entry as ingest leaves it, without its text."""
    connection.execute(
        insert(schema.entries).values(
            **key, prev_hash=bytes(32), header=b"", body=b"", received_at=at, state="ok", branch=0
        )
    )


def sale(engine: Engine, device: str, outlet: str, seq: int, gtin: str, serial: int, at: int) -> None:
    """A sale as ingest leaves it."""
    key = {"device": device, "seq": seq, "hash": os.urandom(32)}
    with database.writing(engine) as connection:
        stored(connection, key, at)
        connection.execute(
            insert(schema.sales).values(**key, outlet=outlet, at=at, staff="nv1", total=110_000, change=0,
                                        flagged=False, held=False)
        )  # fmt: skip
        batches = schema.batches
        of_it = (batches.c.gtin == gtin) & (batches.c.first <= serial) & (batches.c.last >= serial)
        ordinal = connection.execute(
            select(batches.c.base + serial - batches.c.first).where(of_it)
        ).scalar_one()
        connection.execute(
            insert(schema.sale_lines).values(**key, at=at, line=1, gtin=gtin, serial=serial, ordinal=ordinal, qty=1, price=110_000,
                                             amount=110_000, verdict="genuine", flagged=False)
        )  # fmt: skip


def alerts(engine: Engine, gtin: str, now: int) -> None:
    """One stamp sold at both outlets, seen by phones; and a lot with more stamps than packs."""
    for device, outlet, seq, at in (
        ("HT01A", "HT01", 31, now - 50 * MINUTE),
        ("HT02A", "HT02", 300, now - 44 * MINUTE),
    ):
        sale(engine, device, outlet, seq, gtin, 4, at)
    with database.writing(engine) as connection:
        for device, outlet, seq, at in (
            ("HT01A", "HT01", 30, now - 51 * MINUTE),
            ("HT02A", "HT02", 299, now - 45 * MINUTE),
        ):
            key = {"device": device, "seq": seq, "hash": os.urandom(32)}
            stored(connection, key, at)
            connection.execute(
                insert(schema.scans).values(**key, outlet=outlet, at=at, reader="till", purpose="sell",
                                            verdict="genuine", action="sell", kind="stamp", sure=True, gtin=gtin,
                                            serial=4)
            )  # fmt: skip
        phone_looks.add(connection, [phone_looks.Look(now - 10 * MINUTE, gtin, 4)] * 3)
        alert(connection, now - 44 * MINUTE, "sold_twice", "HT02", "HT02A", 300,
              {"sales": ["HT01A-31", "HT02A-300"]}, gtin, 4)  # fmt: skip
        km = round(far_apart.distance(18.343, 105.906, 18.073, 106.299))
        alert(connection, now - 45 * MINUTE, "far_apart", "HT02", "HT02A", 299,
              {"km": km, "minutes": 6, "scans": ["HT02A-299", "HT01A-30"]}, gtin, 4)  # fmt: skip
        lots = schema.lots
        connection.execute(update(lots).where(lots.c.gtin == gtin).values(quantity=20))
    overproduced.look(engine, now)


def samples_gtin(engine: Engine, product: str = FISH_SAUCE) -> str:
    """The GTIN of a product of the samples."""
    items = schema.trade_items
    with database.reading(engine) as connection:
        found = connection.execute(select(items.c.gtin).where(items.c.product == product)).scalars().first()
    assert found is not None
    return found


@pytest.fixture
def happenings(engine: Engine) -> None:
    """Tills, sales and alerts."""
    now = now_ms()
    devices(engine, now)
    alerts(engine, samples_gtin(engine), now)


async def look(page: Page, eyes: Any, name: str) -> None:
    await eyes.look_in_both_languages(page, page.url.partition("?")[0], name, phone=True)


async def test_the_fleet_a_recall_while_it_happens_and_alerts(
    happenings: None, page: Page, engine: Engine, log_in: Any, eyes: Any
) -> None:
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    await log_in(page, "inspector")
    await page.get_by_role("link", name="Thiết bị", exact=True).click()
    await expect(page.locator("table.fleet tbody tr").first).to_contain_text("HT02A")
    await look(page, eyes, "fleet")
    await page.get_by_role("link", name="HT01B").click()
    await expect(page.locator("main")).to_contain_text("Hết giấy")
    await look(page, eyes, "device")

    # A recall: nobody knows of it, then one till after the other, without a click.
    await page.goto("/office/registry/lots")
    with database.reading(engine) as connection:
        lot = connection.execute(
            schema.recalls.select().with_only_columns(schema.recalls.c.lot)
        ).scalars().first()  # fmt: skip
    assert lot is not None
    await page.goto(f"/office/registry/lots/{lot}")
    await page.get_by_role("link", name="Những quầy nào đã biết?").click()
    await expect(page.locator("#live")).to_be_visible()
    await expect(page.locator("#reach")).to_contain_text("Đang phát hành")
    version = now_ms()
    with database.writing(engine) as connection:
        reach.publish(connection, reach.endings(connection), version, version)
    await expect(page.locator("#how-far")).to_contain_text("0 / 4")
    with database.writing(engine) as connection:
        for device in ("HT01A", "HT01B", "HT02B"):
            reach.reached(connection, device, version - HOUR, version, now_ms())
            table = schema.devices
            connection.execute(update(table).where(table.c.id == device).values(catalogue=version))
    await expect(page.locator("#how-far")).to_contain_text("3 / 4")
    await expect(page.get_by_role("link", name="0239 000 222")).to_be_visible()
    await look(page, eyes, "reach")

    for kind in ("sold_twice", "far_apart", "overproduced"):
        await page.goto(f"/office/alerts?kind={kind}")
        await page.locator(".alerts a").first.click()
        await expect(page.locator("main .lead")).to_be_visible()
        await look(page, eyes, f"alert-{kind}")
    assert troubles == []


async def test_a_phone_without_scripts_looks_at_stamps_a_product_and_a_receipt(
    happenings: None, chromium: Browser, url: str, engine: Engine, settings: Settings, eyes: Any
) -> None:
    context = await chromium.new_context(viewport=PHONE, base_url=url, java_script_enabled=False)  # type: ignore[arg-type]
    page = await context.new_page()
    gtin = samples_gtin(engine)
    active, recalls = schema.activations, schema.recalls
    with database.reading(engine) as connection:
        query = select(active.c.gtin, active.c.first).join(recalls, recalls.c.lot == active.c.lot)
        recalled = connection.execute(query).first()
    assert recalled is not None

    def path(number: str, serial: int) -> str:
        signer = keys.load(settings.folder / "keys", "stamp-A")
        signature = signer.sign(stamp_texts.message("OCOP.HATINH.VN", "A", number, serial))
        made = stamp_texts.Stamp("OCOP.HATINH.VN", "A", signature, number, serial)
        return stamp_texts.uri(made).removeprefix("HTTPS://OCOP.HATINH.VN")

    genuine = path(gtin, 7)
    for name, address, said in (
        ("genuine", genuine, "Tem thật"),
        ("sold", path(gtin, 4), "Đã bán"),
        ("recalled", path(*recalled), "thu hồi"),
        ("forged", genuine.replace("/21/7", "/21/8"), "không xác nhận được tem"),
        ("product", f"/01/{gtin}", "Nước mắm"),
        ("no-receipt", "/R/HT01A/9999/AAAAAAAAAA", "Chưa nhận được"),
        ("wrong-receipt", "/R/HT01A/31/AAAAAAAAAA", "Không có trong sổ"),
    ):
        await page.goto(address)
        await expect(page.locator("main")).to_contain_text(said)
        for lang in ("en", "vi"):
            await page.goto(f"{address}?lang={lang}")
            await eyes.look(page, f"phone-{name}-{lang}", ("phone",))
    # The same with scripts, which axe needs.
    page = await (await chromium.new_context(viewport=PHONE, base_url=url)).new_page()  # type: ignore[arg-type]
    for name, address in (
        ("genuine", genuine),
        ("recalled", path(*recalled)),
        ("no-receipt", "/R/HT01A/9999/AAAAAAAAAA"),
    ):
        await page.goto(address)
        await look(page, eyes, f"phone-axe-{name}")
