"""A form that is sent again (Back, reload, a second press) does nothing more and leads to what it did before."""

import asyncio

from sqlalchemy import func, select

from office import schema
from office.storage import database

ISSUE = "/office/stamps/issue"


def count(engine, table):
    with database.reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


async def test_stamps_are_issued_once_however_often_the_form_is_sent(desk, engine, gtin):
    await desk.log_in("officer")
    before = count(engine, schema.batches)
    form = await desk.look(ISSUE, gtin=gtin, count="1.000")
    first = await desk.post(ISSUE, **form)
    again = await desk.post(ISSUE, **form)
    assert again == first.replace("saved", "already")
    number = again.partition("?")[0].rpartition("/")[-1]
    page = await desk.get(again)
    assert f"Đã phát hành rồi: đợt tem {number}. Không phát hành thêm." in page
    assert "Đã ghi." not in page
    assert count(engine, schema.batches) == before + 1


async def test_two_presses_at_the_same_time_issue_one_batch(desk, engine, gtin):
    await desk.log_in("officer")
    before = count(engine, schema.batches)
    form = await desk.look(ISSUE, gtin=gtin, count="1.000")
    led = await asyncio.gather(*(desk.post(ISSUE, **form) for _ in range(6)))
    assert len({where.partition("?")[0] for where in led}) == 1
    assert sum("saved" in where for where in led) == 1
    assert count(engine, schema.batches) == before + 1


async def test_another_batch_as_large_is_issued_after_another_look(desk, engine, gtin):
    await desk.log_in("officer")
    before = count(engine, schema.batches)
    for _ in range(2):
        assert "saved" in await desk.post(ISSUE, **await desk.look(ISSUE, gtin=gtin, count="1.000"))
    assert count(engine, schema.batches) == before + 2


async def test_gone_back_and_typed_another_number_is_another_form(desk, engine, gtin):
    await desk.log_in("officer")
    before = count(engine, schema.batches)
    form = await desk.look(ISSUE, gtin=gtin, count="1.000")
    for number in ("1.000", "2.000"):
        assert "saved" in await desk.post(ISSUE, **form | {"count": number})
    assert count(engine, schema.batches) == before + 2


async def test_nothing_is_issued_unseen_or_by_a_form_of_the_day_before(desk, engine, gtin, clock):
    await desk.log_in("officer")
    before = count(engine, schema.batches)
    form = await desk.look(ISSUE, gtin=gtin, count="1.000")
    await desk.post(ISSUE, **form)
    clock[0] += 86_400_001
    await desk.log_in("officer")
    for changes in ({}, {"once": ""}, {"once": "x" * 32}, {"once": "", "sure": "yes"}):
        assert "Kiểm tra lại rồi xác nhận" in await desk.post(ISSUE, 200, **form | changes)
    assert count(engine, schema.batches) == before + 1


async def test_what_fails_uses_no_mark_up(desk, engine, gtin):
    await desk.log_in("officer")
    form = await desk.look("/office/stamps/void", gtin=gtin, first="95", last="96", reason="Ướt")
    await desk.post("/office/stamps/void", 422, **form | {"last": "9999"})
    assert "saved" in await desk.post("/office/stamps/void", **form)
    assert "already" in await desk.post("/office/stamps/void", **form)
    assert count(engine, schema.voids) == 1
