"""One stamp's whole journey, step by step, on real processes: what `ocop demo --once` runs through."""

import asyncio
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from config.exits import FAILED, CommandError
from office import settings as office_settings
from office import setup
from office.access import accounts
from office.demo import photos, samples
from office.demo.browser import Browser
from office.demo.samples import DemoStamp
from office.demo.stage import PIN, SUPERVISOR_PIN, Outlet, Stage
from office.demo.visitor import PATIENCE, Clerk, Visitor
from office.storage import database
from office.times import now_ms
from printer.money import dong

ACCOUNT, PASSWORD = "demo", "ocop-demo-2026"

# What the story shows after the sale, with the verdict that each must get at the till.
TROUBLES = {
    "expired": "expired",
    "recalled": "lot_recalled",
    "withdrawn": "recognition_withdrawn",
    "forged": "bad_signature",
    "not_activated": "not_activated",
    "ean13": "no_stamp",
    "text": "not_a_stamp",
}

Say = Callable[[dict[str, Any]], None]


class Story:
    """The seven steps. `say` gets one dict a step: {step, title, ...}, the figures and pictures in it."""

    def __init__(self, stage: Stage, say: Say, photo: Path | None = None) -> None:
        self._stage = stage
        self._say = say
        self._photo = photo
        self._shown = 0
        self.stamps: dict[str, DemoStamp] = {}

    async def open_office(self) -> None:
        """Step 1: the office, its registry, stamps, and a published catalogue."""
        started = time.monotonic()
        stage = self._stage
        self.stamps = await asyncio.to_thread(_fill, stage)
        # Drawn while the processes start; the outlets' step waits for it.
        self._drawing = asyncio.ensure_future(asyncio.to_thread(self._draw))
        await stage.start(
            "office",
            "office",
            "--config",
            str(stage.office_config),
            answers=stage.office + "/sync/v1/time?nonce=demo",
        )
        self._tell(
            1,
            "Văn phòng mở sổ: 72 sản phẩm mẫu, tem đã ký, bộ dữ liệu đã công bố",
            "The office opened: 72 sample products, signed stamps, a signed catalogue",
            seconds=_since(started),
            address=stage.office,
        )

    async def open_outlets(self) -> None:
        """Step 2: both outlets enrol with one-use codes, pull, verify and install the catalogue."""
        started = time.monotonic()
        versions = await asyncio.gather(*[self._open_outlet(outlet) for outlet in self._stage.outlets])
        await self._drawing
        self._tell(
            2,
            "Hai điểm bán ghi danh bằng mã một lần và cài bộ dữ liệu đã kiểm",
            "Both outlets enrolled with a one-use code and installed the verified catalogue",
            seconds=_since(started),
            catalogue_versions=versions,
            pictures=str(self._stage.pictures),
            addresses=[
                address for outlet in self._stage.outlets for address in (outlet.shopper, outlet.staff)
            ],
        )

    async def look(self, browser: Browser) -> None:
        """Steps 3 and 4: a photograph of a stamp, from the camera to the shopper's page."""
        outlet = self._stage.outlets[0]
        async with Visitor(outlet.shopper) as shopper:
            await shopper.listen()
            page = await browser.open(outlet.shopper)
            if page is not None:
                await page.wait_for_selector("body[data-live]")
            shown = time.monotonic()
            if self._photo is not None:
                self._show_file(self._photo, outlet.shopper_camera)
            else:
                self.show("genuine_a", outlet.shopper_camera)
            event = await shopper.event("verdict")
            seen = _since(shown)
            if self._photo is None:
                _expect(event, "genuine")
            else:
                event = event | {"note": "your own photograph"}
        provenance = event["provenance"]
        self._tell(
            3,
            "Một bức ảnh có tem đi qua tiến trình quét: mã đã đọc",
            "A photograph of a stamp went through the scanner process: the code was read",
            reader=event["reader"],
            picture_to_event_seconds=seen,
        )
        picture = None
        if page is not None:
            await page.wait_for_selector("[data-painted-verdict]")
            picture = await browser.picture(page, "shopper")
        self._tell(
            4,
            f"Trang khách hàng: {event['text']['vi']['title']}",
            f"The shopper's page: {event['text']['en']['title']}",
            verdict=event["verdict"],
            product=(provenance.get("product") or {}).get("name"),
            stars=(provenance.get("product") or {}).get("stars"),
            producer=(provenance.get("producer") or {}).get("name"),
            lot=provenance.get("lot"),
            picture=str(picture) if picture else None,
        )

    async def sell(self, browser: Browser) -> dict[str, Any]:
        """Step 5: two stamps at the till's reader, cash, one transaction, a printed receipt."""
        outlet = self._stage.outlets[0]
        async with Clerk(outlet, PIN) as clerk:
            await clerk.start()
            page = await browser.open(outlet.staff + "/staff")
            if page is not None:
                await page.request.post(outlet.staff + "/api/session", data={"pin": PIN})
                await page.goto(outlet.staff + "/staff", wait_until="domcontentloaded")
            await clerk.request("POST", "/api/basket")
            for number, name in enumerate(("genuine_a", "genuine_b"), 1):
                self.show(name, outlet.till_camera)
                basket = await clerk.event("basket", partial(_has_lines, number))
            if page is not None:
                await page.locator("[data-line]").nth(1).wait_for()
                await browser.picture(page, "till")
            cash = -(-basket["total"] // 50_000) * 50_000
            started = time.monotonic()
            sold = await clerk.pay(basket, cash)
            confirmed = _since(started)
            ended = await clerk.event("print", lambda p: p["state"] not in ("queued", "printing"))
            printed = _since(started)
            if ended["state"] != "printed":
                raise CommandError(
                    f"the receipt was not printed: {ended['detail']}", FAILED, vi="hoá đơn chưa in được"
                )
            receipt = self._stage.pictures / "receipt.png"
            receipt.write_bytes(await clerk.get(ended["picture"]))
            raw = max(outlet.paper.glob("*.bin"), key=lambda path: path.name)
        self._tell(
            5,
            f"Bán hai món, tiền mặt: phiếu {sold['number']}, {dong(sold['total'])}",
            f"Two items sold for cash: receipt {sold['number']}",
            sale=sold,
            confirmed_seconds=confirmed,
            printed_seconds=printed,
            receipt_bytes=raw.stat().st_size,
            picture=str(receipt),
        )
        return sold

    async def sync(self, browser: Browser, sold: dict[str, Any]) -> None:
        """Step 6: the office has the sale, and the other outlet knows that the stamp is sold."""
        first, second = self._stage.outlets
        started = time.monotonic()
        await self._settled(first, lambda status: status["office"]["waiting"] == 0)
        synced = _since(started)
        async with Visitor(second.shopper) as shopper, Clerk(second, PIN) as clerk:
            await shopper.listen()
            await clerk.start()
            text = self.stamps["genuine_a"].text
            await clerk.request("POST", "/api/basket")
            async with asyncio.timeout(PATIENCE):
                # Its next pull brings the sold set; until then the stamp is genuine there.
                while (
                    answer := await clerk.request(
                        "POST", "/api/scans", {"text": text, "reader": "till-camera"}
                    )
                )["verdict"] != "sold_elsewhere":
                    await asyncio.sleep(0.2)
                    await clerk.request("DELETE", "/api/basket")
                    await clerk.request("POST", "/api/basket")
            known = _since(started)
            await clerk.request("DELETE", "/api/basket")
            self.show("genuine_a", second.shopper_camera)
            kind = await shopper.event("verdict", lambda event: event["verdict"] == "sold_elsewhere")
        page = await browser.open(self._stage.office + "/office/login", 1280, 900)
        picture = None
        if page is not None:
            await page.fill("input[name=login]", ACCOUNT)
            await page.fill("input[name=password]", PASSWORD)
            await page.click("button[type=submit]")
            await page.wait_for_load_state("domcontentloaded")
            picture = await browser.picture(page, "office", whole=True)
        self._tell(
            6,
            "Văn phòng đã nhận đơn; điểm bán thứ hai biết tem đã bán",
            "The office has the sale; the second outlet knows that the stamp is sold",
            synced_seconds=synced,
            known_elsewhere_seconds=known,
            till={"verdict": answer["verdict"], "action": answer["action"]},
            shopper_is_told=kind["text"]["vi"]["title"] + " " + kind["text"]["vi"]["body"],
            picture=str(picture) if picture else None,
            number=sold["number"],
        )

    async def troubles(self) -> None:
        """Step 7: what is not right, each through the till's camera, and what the till does."""
        outlet = self._stage.outlets[0]
        rows = []
        async with Clerk(outlet, PIN) as clerk:
            await clerk.start()
            await clerk.request("POST", "/api/basket")
            for name, verdict in TROUBLES.items():
                clerk.forget()
                self.show(name, outlet.till_camera)
                event = await clerk.event("verdict", lambda e: e["reader"] == "till-camera")
                _expect(event, verdict)
                words = event["staff_text"]["vi"]
                rows.append(
                    {"shown": name, "verdict": verdict, "action": event["action"], "title": words["title"]}
                )
            await clerk.request("DELETE", "/api/basket")
        self._tell(
            7,
            "Những tem không ổn, và quầy làm gì",
            "What is not right, and what the till does",
            verdicts=rows,
        )

    # --- means ---

    async def _open_outlet(self, outlet: Outlet) -> int:
        stage = self._stage
        config = ("--config", str(outlet.config))
        made = json.loads(
            await stage.run(
                "office", "enrol-code", outlet.code, "--config", str(stage.office_config), "--json"
            )
        )
        await stage.run("enrol", *config, stage.office, made["code"])
        await stage.run("staff", *config, "nv1", "An", "--role", "clerk", stdin=PIN)
        await stage.run("staff", *config, "ql1", "Bình", "--role", "supervisor", stdin=SUPERVISOR_PIN)
        await stage.start(outlet.code, "kiosk", *config, answers=outlet.staff + "/api/status")
        status = await self._settled(outlet, lambda status: status["catalogue"]["version"] is not None)
        return int(status["catalogue"]["version"])

    async def _settled(self, outlet: Outlet, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with Visitor(outlet.staff) as visitor:
            try:
                async with asyncio.timeout(PATIENCE):
                    while not ready(status := await visitor.request("GET", "/api/status")):
                        await asyncio.sleep(0.02)
            except TimeoutError as error:
                raise CommandError(
                    f"{outlet.code} did not settle: {json.dumps(status)}",
                    FAILED,
                    vi=f"{outlet.code} chưa ổn định",
                ) from error
            return dict(status)

    def _draw(self) -> None:
        for seed, stamp in enumerate(self.stamps.values()):
            draw = {"stamp": photos.stamp_photo, "ean13": photos.ean13_photo, "text": photos.text_photo}[
                stamp.kind
            ]
            photos.save(self._stage.pictures / f"tem-{stamp.name}.jpg", draw(stamp.text, seed, stamp.product))

    def show(self, name: str, camera: Path) -> None:
        """Hold the picture of one of the demo's stamps before a virtual camera."""
        self._show_file(self._stage.pictures / f"tem-{name}.jpg", camera)

    def _show_file(self, picture: Path, camera: Path) -> None:
        """Put a picture before a virtual camera: whole at once, under a name that it has not seen."""
        self._shown += 1
        new = camera / f"{self._shown:04d}-{picture.stem}.part"
        try:
            new.write_bytes(picture.read_bytes())
        except OSError as error:
            raise CommandError(
                f"{picture}: cannot be read as a photograph ({error.strerror}).",
                FAILED,
                vi=f"{picture}: không đọc được như một ảnh ({error.strerror}).",
            ) from error
        new.rename(new.with_suffix(picture.suffix))

    def _tell(self, step: int, vi: str, en: str, **more: Any) -> None:
        self._say({"step": step, "title": {"vi": vi, "en": en}} | more)


def _fill(stage: Stage) -> dict[str, DemoStamp]:
    settings = office_settings.load(stage.office_config)
    engine = setup.initialise(settings, now_ms())
    try:
        stamps = samples.fill(engine, settings, now_ms())
        with database.writing(engine) as connection:
            accounts.add(connection, ACCOUNT, PASSWORD, "registrar")
    finally:
        engine.dispose()
    return {stamp.name: stamp for stamp in stamps}


def _expect(event: dict[str, Any], verdict: str) -> None:
    if event["verdict"] != verdict:
        raise CommandError(
            f"expected the verdict {verdict}, got {event['verdict']}.",
            FAILED,
            vi=f"cần kết quả {verdict}, lại được {event['verdict']}.",
        )


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _has_lines(count: int, basket: dict[str, Any]) -> bool:
    return len(basket["lines"]) == count
