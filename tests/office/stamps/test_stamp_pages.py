"""Stamps at the desk: issue, print, activate, correct, void; counts, fees, and a producer's own account."""

import io
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import select

from office import registry, schema, stamps
from office.outlets.ingest import ingest
from office.publishing import keys
from office.stamps import counting
from office.storage import database

DAY_MS = 86_400_000


def rows(engine, table):
    with database.reading(engine) as connection:
        query = select(table).order_by(*table.primary_key)
        return [dict(row) for row in connection.execute(query).mappings()]


@pytest.fixture
def own_item(engine, now, other_gtin):
    """A batch of P2's goods, beside P1's."""
    with database.writing(engine) as connection:
        return stamps.issue(connection, other_gtin, 40, "A", "test", now, 200)


async def test_a_batch_is_shown_before_it_is_issued(desk, engine, gtin):
    await desk.log_in("officer")
    page = await desk.post("/office/stamps/issue", 200, gtin=f"{gtin} · Mật ong", count="1.000")
    assert "200.000 ₫" in page
    assert "Kiểm tra lại rồi xác nhận" in page
    assert len(rows(engine, schema.batches)) == 1
    form = await desk.look("/office/stamps/issue", gtin=gtin, count="1.000")
    at = await desk.post("/office/stamps/issue", **form)
    assert re.fullmatch(r"/office/stamps/batches/[0-9]+\?saved=1", at)  # a rehearsal may take a number
    page = await desk.get(at)
    assert "Đã ghi." in page
    assert "Đã ghi." not in await desk.get(at.removesuffix("?saved=1"))
    assert "101 – 1100" in page
    batch = rows(engine, schema.batches)[-1]
    assert (batch["fee"], batch["issued_by"], batch["k"]) == (200, "officer", "A")


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-1.4"), ("svg", b"<svg "), ("tspl", b"SIZE 50 mm,30 mm"),
                                              ("zpl", b"^XA"), ("csv", b"serial,uri,typed\n1,HTTPS://")])  # fmt: skip
async def test_a_batch_is_printed_in_every_form(desk, form, begins):
    await desk.log_in("officer")
    answer = await desk.client.post("/office/stamps/batches/1/print", data={"csrf": desk.csrf, "form": form})
    data = await answer.read()
    assert data.lstrip(b"\x10\x02\x00~JSN\r\n").startswith(begins) or begins in data[:400]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="tem-1.{form}"'


async def test_a_locked_key_signs_only_with_its_passphrase(desk, key_folder):
    keys.lock(key_folder, "stamp-A", "con đò Ngàn Phố")
    assert b"con" not in (key_folder / "stamp-A.key").read_bytes()
    await desk.log_in("officer")
    assert 'name="passphrase"' in await desk.get("/office/stamps/batches/1")
    for wrong in ("", "sai rồi nhé"):
        page = await desk.post("/office/stamps/batches/1/print", 422, form="csv", passphrase=wrong)
        assert "not its passphrase" in page
    page = await desk.post("/office/stamps/batches/1/print", 200, form="csv", passphrase="con đò Ngàn Phố")
    assert page.count("\n") == 101


async def test_a_range_is_activated_once_with_a_lot_made_on_the_way(desk, engine, gtin):
    await desk.log_in("officer")
    form = {"gtin": gtin, "first": "51", "last": "60", "code": "MO-02", "produced": "1/11/2026",
            "expires": "1/11/2027", "quantity": "500"}  # fmt: skip
    assert "Kiểm tra lại" in await desk.post("/office/stamps/activate", 200, **form)
    assert len(rows(engine, schema.lots)) == 2
    await desk.post("/office/stamps/activate", **await desk.look("/office/stamps/activate", **form))
    lot = next(row for row in rows(engine, schema.lots) if row["code"] == "MO-02")
    assert (lot["code"], lot["expires"], lot["quantity"]) == ("MO-02", "2027-11-01", 500)
    again = form | {"code": "", "lot": "L1", "first": "60", "last": "61"}
    assert "mỗi tem chỉ kích hoạt một lần" in await desk.post("/office/stamps/activate", 422, **again)
    assert "chưa được phát hành" in await desk.post(
        "/office/stamps/activate", 422, **again | {"first": "99", "last": "101"}
    )
    assert "Hãy chọn lô" in await desk.post(
        "/office/stamps/activate", 422, **again | {"lot": "", "first": "61"}
    )


async def test_a_producer_sees_and_activates_its_own_and_nothing_else(
    desk, engine, gtin, other_gtin, own_item
):
    await desk.log_in("producer")  # of P1
    page = await desk.get("/office/stamps")
    assert gtin in page
    assert other_gtin not in page
    assert "Chè" not in page
    await desk.get(f"/office/stamps/batches/{own_item.id}", 404)
    assert "Chè" not in await desk.get("/office/stamps/statement?producer=P2&from=2020-01-01")
    workbook = openpyxl.load_workbook(
        io.BytesIO(await (await desk.client.get("/office/stamps/statistics.xlsx")).read())
    )
    assert all("Chè" not in str(cell.value) for sheet in workbook for row in sheet for cell in row)
    form = {"gtin": other_gtin, "first": "1", "last": "2", "lot": "L2"}
    assert "Không có mặt hàng" in await desk.post("/office/stamps/activate", 422, **form)
    form |= {"gtin": gtin, "first": "51", "last": "52", "lot": "L1"}
    await desk.post("/office/stamps/activate", **await desk.look("/office/stamps/activate", **form))
    assert rows(engine, schema.activations)[-1]["by"] == "producer"


async def test_an_officer_moves_stamps_to_another_lot_with_a_reason_and_an_alert(desk, engine, gtin, now):
    with database.writing(engine) as connection:
        registry.put(
            connection, registry.Lot("L3", gtin, "MO-03", date(2026, 11, 1), date(2027, 11, 1)), "t", now
        )
    await desk.log_in("officer")
    form = {"gtin": gtin, "first": "10", "last": "20", "lot": "L3"}
    assert "Cần điền" in await desk.post("/office/stamps/correct", 422, **form)
    form["reason"] = "Ghi nhầm lô"
    await desk.post("/office/stamps/correct", **await desk.look("/office/stamps/correct", **form))
    ranges = [(row["first"], row["last"], row["lot"]) for row in rows(engine, schema.activations)]
    assert sorted(ranges) == [(1, 9, "L1"), (10, 20, "L3"), (21, 50, "L1")]
    (alert,) = rows(engine, schema.alerts)
    assert (alert["kind"], alert["detail"]["reason"]) == ("activation_changed", "Ghi nhầm lô")
    assert "Đính chính kích hoạt tem" in await desk.get("/office/alerts")


async def test_what_is_sold_keeps_its_lot_and_its_dates(desk, engine, enrolled, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 15)
    ingest(engine, "HT01A", device.segment(), now)
    with database.writing(engine) as connection:
        registry.put(connection, registry.Lot("L3", gtin, "MO-03", date(2026, 11, 1)), "t", now)
    await desk.log_in("officer")
    form = {"gtin": gtin, "first": "10", "last": "20", "lot": "L3", "reason": "Ghi nhầm"}
    assert "Tem số 15 đã bán" in await desk.post("/office/stamps/correct", 422, **form)
    lot = {
        "lot": "L1",
        "code": "MO-01",
        "produced": "1/10/2026",
        "expires": "1/10/2028",
        "reason": "Nhầm",
    }
    assert "Đã bán hàng của lô L1" in await desk.post("/office/stamps/correct-lot", 422, **lot)
    assert rows(engine, schema.lots)[0]["expires"] == "2027-10-01"


async def test_a_lot_in_use_is_corrected_by_an_officer_only_and_alerted(desk, engine):
    await desk.log_in("officer")
    assert 'value="01/10/2026"' in await desk.get("/office/stamps/correct-lot?lot=L1")
    lot = {
        "lot": "L1",
        "code": "MO-01",
        "produced": "2/10/2026",
        "expires": "2/10/2027",
        "reason": "Nhầm ngày",
    }
    await desk.post("/office/stamps/correct-lot", **await desk.look("/office/stamps/correct-lot", **lot))
    assert rows(engine, schema.lots)[0]["expires"] == "2027-10-02"
    assert [row["kind"] for row in rows(engine, schema.alerts)] == ["lot_changed"]


async def test_void_needs_a_reason(desk, engine, gtin):
    await desk.log_in("officer")
    form = {"gtin": gtin, "first": "95", "last": "96"}
    assert "Cần điền" in await desk.post("/office/stamps/void", 422, **form)
    form["reason"] = "Cuộn bị ướt"
    await desk.post("/office/stamps/void", **await desk.look("/office/stamps/void", **form))
    assert rows(engine, schema.voids)[0]["reason"] == "Cuộn bị ướt"


def test_stamps_are_counted_by_what_became_of_them(engine, enrolled, gtin, now):
    device = enrolled("HT01A")
    for serial in (1, 2, 2, 3):
        device.sell(gtin, serial)
    device.undo("refund", "HT01A", 4, gtin, 3, unharmed=True)
    ingest(engine, "HT01A", device.segment(), now)
    with database.writing(engine) as connection:
        stamps.void(connection, gtin, 49, 52, "x", "test", now)
    with database.reading(engine) as connection:
        (row,) = stamps.counted(connection)
        assert stamps.counted(connection, producer="P2") == []
    counts = (row.issued, row.activated, row.unused, row.sold, row.void, row.void_active, row.left)
    assert counts == (100, 50, 48, 2, 4, 2, 46)
    (total,) = stamps.grouped([row, row], lambda found: (found.producer, found.producer_name))
    assert (total.key, total.batches, total.issued, total.left) == ("P1", 2, 200, 92)


def test_a_batch_that_lies_unused_for_half_a_year_is_flagged(engine, now, other_gtin):
    with database.writing(engine) as connection:
        stamps.issue(connection, other_gtin, 10, "A", "test", now)
    with database.reading(engine) as connection:
        unused, used = stamps.counted(connection)
    assert not counting.stale(unused, now + 180 * DAY_MS)
    assert counting.stale(unused, now + 184 * DAY_MS)
    assert not counting.stale(used, now + 184 * DAY_MS)


def test_data_goes_a_month_past_expiry_and_totals_stay(engine, gtin, now, clock):
    with database.writing(engine) as connection:
        lot = registry.Lot("L4", gtin, "MO-04", date(2026, 1, 1), date(2026, 10, 31))
        registry.put(connection, lot, "t", now)
        stamps.activate(connection, gtin, 51, 60, "L4", "t", now)
        stamps.void(connection, gtin, 55, 56, "x", "t", now)
    november_30 = now + 7 * DAY_MS
    assert stamps.delete_expired(engine, november_30) == 0
    assert stamps.delete_expired(engine, november_30 + DAY_MS) == 10
    assert stamps.delete_expired(engine, november_30 + DAY_MS) == 0
    assert [(r["first"], r["last"]) for r in rows(engine, schema.activations)] == [(1, 50)]
    assert [(r["first"], r["last"]) for r in rows(engine, schema.tombstones)] == [(51, 60)]
    with database.reading(engine) as connection:
        (row,) = stamps.counted(connection)
    assert (row.activated, row.void, row.unused, row.left, row.expired) == (60, 2, 40, 50, 8)
    # Those beside join it: the catalogue stays small.
    stamps.delete_expired(engine, now + 400 * DAY_MS)
    assert [(r["first"], r["last"]) for r in rows(engine, schema.tombstones)] == [(1, 60)]


def test_totals_are_the_same_before_and_after_data_goes(engine, enrolled, gtin, now):
    """The roll that was lost is partly on expired goods, and one of it was sold before anybody noticed."""
    device = enrolled("HT01A")
    for serial in (1, 52, 53, 57):
        device.sell(gtin, serial)
    ingest(engine, "HT01A", device.segment(), now)
    with database.writing(engine) as connection:
        registry.put(
            connection, registry.Lot("L4", gtin, "MO-04", date(2026, 1, 1), date(2026, 10, 1)), "t", now
        )
        stamps.activate(connection, gtin, 51, 60, "L4", "t", now)
        stamps.void(connection, gtin, 57, 63, "Mất cuộn", "t", now)
    with database.reading(engine) as connection:
        (before,) = stamps.counted(connection)
    assert (before.activated, before.void, before.unused, before.sold, before.left) == (60, 7, 37, 4, 53)
    assert stamps.delete_expired(engine, now) == 10
    with database.reading(engine) as connection:
        (after,) = stamps.counted(connection)
    assert after.expired == 4  # 51, 54, 55 and 56
    assert after == before._replace(expired=4)
    assert after.left == 49


def test_a_stamp_of_goods_long_expired_is_not_activated_again(engine, gtin, now):
    with database.writing(engine) as connection:
        registry.put(
            connection, registry.Lot("L4", gtin, "MO-04", date(2026, 1, 1), date(2026, 10, 1)), "t", now
        )
        stamps.activate(connection, gtin, 51, 60, "L4", "t", now)
    stamps.delete_expired(engine, now)
    with database.writing(engine) as connection:
        registry.put(
            connection, registry.Lot("L5", gtin, "MO-05", date(2026, 11, 1), date(2028, 10, 1)), "t", now
        )
        with pytest.raises(registry.RegistryError, match=r"51 to 60 .* deleted") as refused:
            stamps.activate(connection, gtin, 60, 62, "L5", "t", now)
    assert "dữ liệu đã xoá" in refused.value.vi


async def test_what_tills_will_refuse_is_said_before_stamps_are_issued_or_activated(
    desk, engine, gtin, clock
):
    await desk.log_in("officer")
    quiet = await desk.post("/office/stamps/issue", 200, gtin=gtin, count="10")
    assert 'role="note"' not in quiet
    form = {
        "gtin": gtin,
        "first": "51",
        "last": "60",
        "code": "MO-09",
        "produced": "1/11/2026",
        "expires": "1/11/2027",
    }
    assert 'role="note"' not in await desk.post("/office/stamps/activate", 200, **form, quantity="10")
    assert "Lô ghi sản xuất 9, sẽ có 10 tem" in await desk.post(
        "/office/stamps/activate", 200, **form, quantity="9"
    )
    with database.writing(engine) as connection:
        until = connection.execute(select(schema.recognitions.c.recognised_until)).scalars().first()
        registry.withdraw(connection, "SP1", date(2026, 11, 1), date(2026, 11, 1), "x", "t", clock[0])
    assert "đã bị thu hồi" in await desk.post("/office/stamps/issue", 200, gtin=gtin, count="10")
    assert "đã bị thu hồi" in await desk.post("/office/stamps/activate", 200, **form)
    form |= {"produced": "31/10/2026", "expires": "20/11/2026"}
    page = await desk.post("/office/stamps/activate", 200, **form)
    assert "đã bị thu hồi" not in page and "hết hạn sử dụng ngày 20/11/2026" in page
    clock[0] += 2000 * DAY_MS
    await desk.log_in("officer")
    assert f"hết hạn ngày {until[8:]}/{until[5:7]}/{until[:4]}" in await desk.post(
        "/office/stamps/issue", 200, gtin=gtin, count="10"
    )
    form |= {"produced": "1/11/2031", "expires": "1/11/2033"}
    assert "không còn là hàng OCOP" in await desk.post("/office/stamps/activate", 200, **form)
    assert "Công nhận đã hết hạn" in await desk.get("/office/registry/products/SP2")


async def test_a_statement_adds_up(desk, own_item):
    await desk.log_in("viewer")
    page = await desk.get("/office/stamps/statement?producer=P2&from=2026-11-01&until=30/11/2026")
    assert "8.000 ₫" in page
    assert re.search(r"Từ ngày\s+01/11/2026\s+đến ngày\s+30/11/2026", page)


async def test_every_page_of_stamps_is_there_in_both_languages(desk):
    await desk.log_in("administrator")
    for path in (
        "",
        "?by=producer",
        "?by=month",
        "/issue",
        "/activate",
        "/void",
        "/correct",
        "/statement",
        "/batches/1",
    ):
        for lang in ("en", "vi"):
            page = await desk.get(f"/office/stamps{path}{'&' if '?' in path else '?'}lang={lang}")
            assert "<script" not in page


@pytest.mark.parametrize("sheet", ["²", "9" * 5000, "-1", ""])
async def test_a_sheet_that_is_no_number_is_the_first(desk, sheet):
    await desk.log_in("officer")
    assert (await desk.post("/office/stamps/batches/1/print", 200, form="svg", sheet=sheet)).startswith(
        "<svg "
    )
