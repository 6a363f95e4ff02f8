"""An official looks after the fleet, a recall and alerts in a real browser, and a phone looks at stamps.

`SCREENSHOTS=DIR pytest tests/e2e/test_office_fleet.py` also leaves a picture of every page in DIR.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect
from sqlalchemy import Engine, insert, select, update

from office import (
    accounts,
    database,
    far_apart,
    health,
    keys,
    overproduced,
    phone_looks,
    reach,
    schema,
    service,
    setup,
)
from office.demo import samples
from office.settings import Http, Settings, Stamps
from office.times import now_ms
from scanner import stamps as stamp_texts
from sync import canonical

ROOT = Path(__file__).parents[2]
AXE = (ROOT / "tests/micropython/node_modules/axe-core/axe.min.js").read_text()
PICTURES = os.environ.get("SCREENSHOTS")
SIZES = {"desk": {"width": 1366, "height": 768}, "phone": {"width": 360, "height": 640}}
PASSWORD = "một mật khẩu dài"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FISH_SAUCE = "HT-TKA-001"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "office"), stamps=Stamps(gs1_prefix="893888"), http=Http(port=0))


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = setup.initialise(settings, now_ms())
    yield engine
    engine.dispose()


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


def sale(engine: Engine, device: str, outlet: str, seq: int, gtin: str, serial: int, at: int) -> None:
    """A sale as ingest leaves it."""
    key = {"device": device, "seq": seq, "hash": os.urandom(32)}
    with database.writing(engine) as connection:
        entry = {
            "prev_hash": bytes(32),
            "header": b"",
            "body": b"",
            "received_at": at,
            "state": "ok",
            "branch": 0,
        }
        connection.execute(insert(schema.entries).values(**key, **entry))
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
            entry = {
                "prev_hash": bytes(32),
                "header": b"",
                "body": b"",
                "received_at": at,
                "state": "ok",
                "branch": 0,
            }
            connection.execute(insert(schema.entries).values(**key, **entry))
            connection.execute(
                insert(schema.scans).values(**key, outlet=outlet, at=at, reader="till", purpose="sell",
                                            verdict="genuine", action="sell", kind="stamp", sure=True, gtin=gtin,
                                            serial=4)
            )  # fmt: skip
        phone_looks.add(connection, [phone_looks.Look(now - 10 * MINUTE, gtin, 4)] * 3)
        from office.audit import alert

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


@pytest_asyncio.fixture
async def url(settings: Settings, engine: Engine) -> AsyncIterator[str]:
    now = now_ms()
    samples.fill(engine, settings, now)
    devices(engine, now)
    gtin = samples_gtin(engine)
    alerts(engine, gtin, now)
    with database.writing(engine) as connection:
        accounts.add(connection, "inspector", PASSWORD, "inspector", "Nguyễn Thị Hoa")
    runner = await service.start(service.build(settings), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        path = next(filter(os.path.exists, ("/usr/bin/chromium", "/usr/bin/chromium-browser")), None)
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


async def look(page: Page, name: str) -> None:
    """The page in both languages and sizes is accessible, and nothing of it lies outside the screen's width."""
    for lang in ("en", "vi"):
        await page.goto(page.url.partition("?")[0] + f"?lang={lang}")
        await page.evaluate(AXE)
        for size, shape in SIZES.items():
            await page.set_viewport_size(shape)  # type: ignore[arg-type]
            found = await page.evaluate(
                "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})"
            )
            told = [(v["id"], [node["target"] for node in v["nodes"]][:3]) for v in found["violations"]]
            assert told == [], (name, lang, size, told)
            assert await page.evaluate("document.documentElement.scrollWidth") <= shape["width"], (
                name,
                lang,
                size,
            )
            if PICTURES:
                await page.screenshot(path=f"{PICTURES}/{name}-{lang}-{size}.png", full_page=True)
    await page.set_viewport_size(SIZES["desk"])  # type: ignore[arg-type]


async def test_the_fleet_a_recall_while_it_happens_and_alerts(
    browser: Browser, url: str, engine: Engine
) -> None:
    page = await (await browser.new_context(viewport=SIZES["desk"], base_url=url)).new_page()  # type: ignore[arg-type]
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    await page.goto("/office/login")
    await page.fill("#login", "inspector")
    await page.fill("#password", PASSWORD)
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.get_by_role("link", name="Thiết bị", exact=True).click()
    await expect(page.locator("table.fleet tbody tr").first).to_contain_text("HT02A")
    await look(page, "fleet")
    await page.get_by_role("link", name="HT01B").click()
    await expect(page.locator("main")).to_contain_text("Hết giấy")
    await look(page, "device")

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
    await look(page, "reach")

    for kind in ("sold_twice", "far_apart", "overproduced"):
        await page.goto(f"/office/alerts?kind={kind}")
        await page.locator(".alerts a").first.click()
        await expect(page.locator("main .lead")).to_be_visible()
        await look(page, f"alert-{kind}")
    assert troubles == []


async def test_a_phone_without_scripts_looks_at_stamps_a_product_and_a_receipt(
    browser: Browser, url: str, engine: Engine, settings: Settings
) -> None:
    context = await browser.new_context(viewport=SIZES["phone"], base_url=url, java_script_enabled=False)  # type: ignore[arg-type]
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
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        if PICTURES:
            for lang in ("en", "vi"):
                await page.goto(f"{address}?lang={lang}")
                await page.screenshot(path=f"{PICTURES}/phone-{name}-{lang}.png", full_page=True)
    # The same with scripts, which axe needs.
    page = await (await browser.new_context(viewport=SIZES["phone"], base_url=url)).new_page()  # type: ignore[arg-type]
    for name, address in (
        ("genuine", genuine),
        ("recalled", path(*recalled)),
        ("no-receipt", "/R/HT01A/9999/AAAAAAAAAA"),
    ):
        await page.goto(address)
        await look(page, f"phone-axe-{name}")
