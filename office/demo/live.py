"""The live demo: the shopper's camera sees one stamp after the other, the till's two when a basket opens."""

import asyncio
import json
from itertools import cycle

from config.exits import OK
from office.demo.stage import PIN, SUPERVISOR_PIN, Outlet, Stage
from office.demo.story import ACCOUNT, PASSWORD, TROUBLES, Story
from office.demo.visitor import Clerk

EVERY = 9.0  # seconds a stamp stays before the shopper's camera


async def play(stage: Stage, story: Story, stopped: asyncio.Event, as_json: bool) -> int:
    """Print where to look and play until `stopped`."""
    _print_addresses(stage, as_json)
    players = [
        asyncio.ensure_future(_till(story, stage.outlets[0])),
        asyncio.ensure_future(_shopper(story, stage)),
    ]
    waiting = asyncio.ensure_future(stopped.wait())
    await asyncio.wait([*players, waiting], return_when=asyncio.FIRST_COMPLETED)
    for task in (*players, waiting):
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error
        task.cancel()
    await asyncio.wait([*players, waiting])
    return OK


async def _shopper(story: Story, stage: Stage) -> None:
    for name in cycle(["genuine_a", "genuine_b", *TROUBLES]):
        for outlet in stage.outlets:
            story.show(name, outlet.shopper_camera)
        await asyncio.sleep(EVERY)


async def _till(story: Story, outlet: Outlet) -> None:
    """When a basket opens, hold two goods to the till's reader, as a clerk would."""
    async with Clerk(outlet, PIN) as clerk:
        await clerk.start()
        seen = None
        while True:
            basket = await clerk.event("basket", lambda b: b["open"], patience=None)
            if basket["id"] != seen:
                seen = basket["id"]
                for name in ("genuine_a", "genuine_b"):
                    story.show(name, outlet.till_camera)


def _print_addresses(stage: Stage, as_json: bool) -> None:
    first, second = stage.outlets
    if as_json:
        addresses = {"shopper": first.shopper, "staff": first.staff + "/staff", "office": stage.office}
        print(
            json.dumps(
                addresses | {"pin": PIN, "account": ACCOUNT, "password": PASSWORD, "data": str(stage.folder)}
            )
        )
        return
    print(
        f"""
Đang chạy; Ctrl-C để dừng. / Running; Ctrl-C ends it.

  Khách / shopper     {first.shopper}/
  Quầy / staff        {first.staff}/staff      PIN {PIN} (người phụ trách / supervisor {SUPERVISOR_PIN})
  Văn phòng / office  {stage.office}/      {ACCOUNT} / {PASSWORD}
  Điểm bán 2 / second {second.shopper}/ , {second.staff}/staff
  Dữ liệu / data      {stage.folder}
""",
        flush=True,
    )
