"""From the line of a hand scanner to the painted verdict, in a real browser: service, scanner process, events, page.

Run: `make bench`, or `python tests/bench/bench_screen.py`. Prints milliseconds, and what the page weighs.
"""

import asyncio
import os
import pty
import statistics
import tempfile
import time
import tty
from pathlib import Path

import enrolled
from playwright.async_api import async_playwright

SCANS = 60
SHOPPER, STAFF = 18993, 18994
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
CONFIG = """
data = "data"
[shopper]
port = {shopper}
[staff]
port = {staff}
[[reader]]
name = "line"
kind = "serial"
device = "{device}"
place = "shopper"
"""


async def measure(shop, line):
    """([ms from line to painted], [ms from line to received], bytes of the page)."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1024, "height": 600})
        weights = []
        page.on("response", lambda answer: weights.append(answer))
        async with page.expect_response("**/api/events"):
            await page.goto(f"http://127.0.0.1:{SHOPPER}/")
        await page.wait_for_timeout(1500)
        weight = sum([len(await one.body()) for one in weights if "/api/events" not in one.url])
        painted, received = [], []
        for number in range(SCANS):
            text = shop.stamp(1 + number % 40, shop.ISSUING_KEY)
            before = await page.evaluate("document.body.dataset.paintedAt ?? ''")
            sent = time.time() * 1000
            os.write(line, text.encode() + b"\r\n")
            while (at := await page.evaluate("document.body.dataset.paintedAt ?? ''")) == before:
                await asyncio.sleep(0.005)
            painted.append(float(at) - sent)
            received.append(float(await page.evaluate("document.body.dataset.receivedAt")) - sent)
            await asyncio.sleep(0.05)
        await browser.close()
    return painted, received, weight


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main():
    shop = enrolled.tests_shop()
    line, device = pty.openpty()
    tty.setraw(device)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        enrolled.make(folder / "data", shop)
        config = folder / "outlet.toml"
        config.write_text(
            CONFIG.format(shopper=SHOPPER, staff=STAFF, device=os.ttyname(device)), encoding="utf-8"
        )
        with enrolled.running(config, STAFF):
            painted, received, weight = asyncio.run(measure(shop, line))
    print(f"{SCANS} scans, ms from the line{'median':>12}{'p95':>8}{'worst':>8}")
    for name, values in (("event received", received), ("verdict painted", painted)):
        row = (statistics.median(values), percentile(values, 0.95), max(values))
        print(
            f"{name:24}"
            + "".join(f"{value:>12.0f}" if n == 0 else f"{value:>8.0f}" for n, value in enumerate(row))
        )
    print(f"the page weighs {weight / 1024:.0f} kB")


main()
