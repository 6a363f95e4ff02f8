"""A clerk's browser at the till of the shop of tests/kiosk."""

import json
from types import SimpleNamespace
from typing import Any

from playwright.async_api import Page, Request, expect
from screens import AXE, PICTURES

SIZES = {"1280": {"width": 1280, "height": 800}, "1024": {"width": 1024, "height": 600}}
SMALL_TARGETS = """() => [...document.querySelectorAll("button, input, a, select, summary")].filter(e => e.checkVisibility())
    .filter(e => { const b = (e.closest("label.check") ?? e).getBoundingClientRect(); return b.width < 44 || b.height < 44; })
    .map(e => e.outerHTML)"""


class Till:
    """One browser at the till of the shop. Holds that nothing was written to the console as an error."""

    def __init__(self, page: Page, shop: SimpleNamespace) -> None:
        self.page = page
        self.shop = shop
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(60_000)
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        if "/api/" in request.url and "/api/events" not in request.url:
            self.requests.append(f"{request.method} {request.url.partition('/api/')[2]}")

    async def open(self, path: str = "/staff") -> None:
        await self.page.goto(self.shop.staff + path)

    async def log_in(self, pin: str = "123456") -> None:
        await self.open()
        await self.page.locator("#pin").press_sequentially(pin, delay=50)
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator("#open")).to_be_visible()

    async def start(self, pin: str = "123456") -> None:
        await self.log_in(pin)
        await self.open_basket()

    async def open_basket(self) -> None:
        """A scan before it is open would be no sale."""
        await self.page.locator("#open").click()
        await expect(self.page.locator("#code")).to_be_focused()

    async def scan(self, *serials: int) -> None:
        """With the till's own scanner, until the page shows the line."""
        for serial in serials:
            await self.shop.outlet.read({"reader": "gun", "text": self.shop.stamp(serial)})
            lines = self.shop.till.baskets.lines()
            assert any(line["serial"] == serial for line in lines)
            await expect(self.page.locator("#lines li")).to_have_count(len(lines))

    async def wedge(self, text: str) -> None:
        """With a scanner that poses as a keyboard: faster than any hand, and Enter."""
        await self.page.evaluate(
            """(text) => {
                let at = performance.now();
                for (const key of [...text, "Enter"]) {
                    const field = document.activeElement;
                    const event = new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true});
                    // A real key has the time of its press; a busy test machine must not slow it down.
                    Object.defineProperty(event, "timeStamp", {value: at += 5});
                    if (!field.dispatchEvent(event) || key === "Enter") {
                        if (key === "Enter" && !event.defaultPrevented) field.form?.requestSubmit();
                        continue;
                    }
                    if ("value" in field && !field.readOnly) {
                        field.value += key;
                        field.dispatchEvent(new Event("input", {bubbles: true}));
                    }
                }
            }""",
            text,
        )

    async def look(self, name: str) -> None:
        """axe-core finds nothing, nothing sticks out, and a picture for whoever wants to look."""
        page = self.page
        await page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished))")
        if not await page.evaluate("() => Boolean(window.axe)"):
            await page.evaluate(AXE.read_text())
        for size, view in SIZES.items():
            await page.set_viewport_size(view)  # type: ignore[arg-type]
            found = await page.evaluate("() => axe.run(document)")
            assert [
                (rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]
            ] == [], name
            wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await page.evaluate(wide) <= 0, name
            assert await page.evaluate(SMALL_TARGETS) == [], name
            if PICTURES:
                await page.screenshot(path=f"{PICTURES}/{name}-{size}.png", animations="disabled")
        await page.set_viewport_size(SIZES["1280"])  # type: ignore[arg-type]

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        """The journal's entries of one kind."""
        entries = self.shop.source.read(1, 1000)
        return [json.loads(entry.body) for entry in entries if json.loads(entry.header)["kind"] == kind]
