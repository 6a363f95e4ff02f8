import asyncio
import contextlib

import pytest
from sqlalchemy import insert, text

from office import schema
from office.publishing import bulletin as bulletins
from office.publishing.bulletin import Bulletin, Posted
from office.storage import database

FIRST, SECOND = "HT01", "HT02"


@pytest.fixture
async def bulletin(engine):
    made = Bulletin(engine, lambda _root: None)
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def published(engine, version, *outlets):
    row = {"version": version, "issued": version, "sha256": "0" * 64, "envelope": b"{}"}
    with database.writing(engine) as connection:
        connection.execute(insert(schema.catalogue_versions), [row | {"outlet": code} for code in outlets])


async def test_a_version_that_goes_out_in_two_transactions_wakes_the_polls_of_both(bulletin, engine):
    polls = {code: asyncio.create_task(bulletin.wait_beyond(code, 5, 60)) for code in (FIRST, SECOND)}
    published(engine, 6, FIRST)
    bulletin.poke()
    await polls[FIRST]
    assert not polls[SECOND].done()
    published(engine, 6, SECOND)
    bulletin.poke()
    await polls[SECOND]


async def test_who_asks_late_is_answered_at_once(bulletin, engine):
    published(engine, 6, FIRST)
    bulletin.poke()
    await bulletin.wait_beyond(FIRST, 5, 60)
    published(engine, 7, FIRST)
    bulletin.poke()
    await bulletin.wait_beyond(FIRST, 6, 60)
    await asyncio.wait_for(bulletin.wait_beyond(FIRST, 6, 60), 1)


async def test_what_is_known_is_told_no_longer_while_the_database_cannot_be_asked(
    bulletin, engine, monkeypatch
):
    async def until(known):
        while bulletin.newest(FIRST) != known:
            bulletin.poke()
            await asyncio.sleep(0.05)

    def rename(old, new):
        with database.writing(engine) as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    published(engine, 6, FIRST)
    await until(Posted(6, "0" * 64))
    assert bulletin.newest(SECOND) == Posted()
    monkeypatch.setattr(bulletins, "_STALE", 0.2)
    rename("catalogue_versions", "gone")
    await until(None)
    monkeypatch.setattr(bulletins, "_STALE", 60)
    rename("gone", "catalogue_versions")
    published(engine, 7, FIRST)
    await until(Posted(7, "0" * 64))
