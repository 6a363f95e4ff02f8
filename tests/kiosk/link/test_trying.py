import asyncio
import contextlib
from itertools import pairwise
from types import SimpleNamespace

import pytest

from kiosk.host.link import trying
from kiosk.host.link.trying import Trying
from sync.host.office import OfficeError


@pytest.fixture
def clock(monkeypatch):
    """Time passes only where somebody sleeps, until its end."""
    clock = SimpleNamespace(now=0.0, end=3600.0)

    async def sleep(seconds):
        clock.now = min(clock.now + seconds, clock.end)
        if clock.now == clock.end:
            raise asyncio.CancelledError

    monkeypatch.setattr(trying.time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(trying.asyncio, "sleep", sleep)
    return clock


def busy(retry_after):
    return OfficeError("busy", "the office answered 503 (busy).", retry_after=retry_after)


async def tried(clock, retry_after):
    """The moments within an hour at which a step is tried that always fails."""
    moments = []

    async def step():
        moments.append(clock.now)
        raise busy(retry_after)

    with contextlib.suppress(asyncio.CancelledError):
        await Trying(lambda: None, lambda: None).for_ever("push", step)
    return moments


async def test_without_a_word_from_the_office_every_ten_seconds_on_average(clock):
    assert 250 < len(await tried(clock, 0)) < 550


async def test_as_seldom_as_the_office_says(clock):
    assert 3600 / 120 <= len(await tried(clock, 60)) <= 3600 / 60


async def test_no_office_silences_a_till_for_more_than_a_quarter_of_an_hour(clock):
    moments = await tried(clock, 10**9)
    assert max(after - before for before, after in pairwise(moments)) <= 900
    assert len(moments) >= 4


@pytest.mark.parametrize(("listens", "earliest", "latest"), [(False, 100, 200), (True, 50, 50)])
async def test_what_one_step_is_told_every_step_waits_for_but_the_one_that_listens(
    clock, listens, earliest, latest
):
    trying, moments = Trying(lambda: None, lambda: None), []

    async def push():
        raise busy(100)

    async def other():
        moments.append(clock.now)
        raise asyncio.CancelledError

    clock.end = 50.0
    with contextlib.suppress(asyncio.CancelledError):
        await trying.for_ever("push", push)
    clock.end = 3600.0
    with contextlib.suppress(asyncio.CancelledError):
        await trying.for_ever("other", other, listens)
    assert earliest <= moments[0] <= latest
