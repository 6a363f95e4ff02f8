"""The stock through the API: notes become entries, lists tell what the journal and the catalogue say."""

import json

import pytest

from kiosk import calendar, shelf
from kiosk.host.data import checking
from kiosk.host.stamps.judging import read_code
from printer import plain, reports
from scanner.stamps import typed_line


@pytest.fixture
async def staff(shop):
    """The shop with a clerk logged in."""
    async with shop.session.post("/api/session", json={"pin": "123456"}) as answer:
        assert answer.status == 204
    shop.calls = lambda method, path, body=None: call(shop, method, path, body)
    return shop


async def call(shop, method, path, body=None):
    async with shop.session.request(method, path, json=body) as answer:
        return answer.status, await answer.json() if answer.status != 204 else None


async def written(shop, kind, texts, **about):
    """The answer to a note of these scans that was written down."""
    status, opened = await shop.calls("POST", "/api/stock/note", {"kind": kind, "about": about})
    assert status == 201
    for text in texts:
        status, answer = await shop.calls("POST", "/api/stock/note/scans", {"text": text})
        assert status == 200, answer
    return await shop.calls("POST", "/api/stock/note/written", {"id": opened["note"]["id"]})


async def held(shop):
    _, answer = await shop.calls("GET", "/api/stock")
    return {row["gtin"]: (row["qty"], row["stamps"]) for row in answer["stock"]}


def newest(shop, kind):
    row = shop.db.execute(
        "SELECT body FROM journal WHERE kind = ? ORDER BY seq DESC LIMIT 1", (kind,)
    ).fetchone()
    return json.loads(row[0])


async def test_goods_that_come_in_are_stock_by_stamp_and_by_goods(staff):
    status, answer = await written(
        staff, "receiving", [staff.stamp(1), staff.stamp(2), staff.plain[1:]], producer="p"
    )
    assert (status, answer["items"], answer["lines"]) == (201, 3, 3)
    assert await held(staff) == {staff.gtin: (2, 2), staff.plain: (1, 0)}
    _, answer = await staff.calls("GET", f"/api/stock/items/{staff.gtin}")
    assert [one["serial"] for one in answer["stamps"]] == [1, 2]
    assert newest(staff, "receiving")["producer"] == "p"


async def test_writing_a_note_down_twice_is_one_entry(staff):
    status, opened = await staff.calls("POST", "/api/stock/note", {"kind": "opening"})
    await staff.calls("POST", "/api/stock/note/scans", {"text": staff.stamp(1)})
    body = {"id": opened["note"]["id"]}
    first = await staff.calls("POST", "/api/stock/note/written", body)
    assert await staff.calls("POST", "/api/stock/note/written", body) == first
    assert await held(staff) == {staff.gtin: (1, 1)}
    status, answer = await staff.calls("POST", "/api/stock/note/written", {"id": "other"})
    assert (status, answer["title"]) == (409, "other_note")


async def test_a_stamp_that_is_not_activated_yet_is_normal_and_said_so(staff):
    await staff.calls("POST", "/api/stock/note", {"kind": "receiving"})
    _, answer = await staff.calls("POST", "/api/stock/note/scans", {"text": staff.stamp(35)})
    line = answer["note"]["lines"][0]
    assert (line["verdict"], line["action"], line["aside"]) == ("not_activated", "accept", False)


async def test_what_may_not_come_in_is_set_aside_until_a_supervisor_takes_it_in(staff):
    await written(staff, "receiving", [staff.stamp(1)])
    assert (await written(staff, "transfer_out", [staff.stamp(1)], outlet="HT02"))[0] == 201
    assert await held(staff) == {staff.gtin: (0, 0)}
    await staff.calls("POST", "/api/stock/note", {"kind": "receiving"})
    status, answer = await staff.calls("POST", "/api/stock/note/scans", {"text": "(01)" + staff.gtin})
    assert answer["note"]["lines"][0]["aside"], "goods that carry stamps came without"
    assert (await staff.calls("POST", "/api/stock/note/lines/1/take-in"))[0] == 403
    await staff.calls("POST", "/api/session", {"pin": "654321"})
    status, answer = await staff.calls("POST", "/api/stock/note/lines/1/take-in")
    assert (status, answer["note"]["lines"][0]["aside"]) == (200, False)


async def test_what_is_no_product_is_refused_kindly(staff):
    await staff.calls("POST", "/api/stock/note", {"kind": "damage"})
    status, answer = await staff.calls("POST", "/api/stock/note/scans", {"text": "https://example.com"})
    assert (status, answer["title"]) == (422, "no_goods")
    status, answer = await staff.calls("POST", "/api/stock/note/written", {"id": "x"})
    assert status == 409


async def test_one_kind_of_note_at_a_time(staff):
    await staff.calls("POST", "/api/stock/note", {"kind": "count"})
    assert (await staff.calls("POST", "/api/stock/note", {"kind": "count"}))[0] == 201
    status, answer = await staff.calls("POST", "/api/stock/note", {"kind": "damage"})
    assert (status, answer["title"]) == (409, "note_open")
    assert (await staff.calls("DELETE", "/api/stock/note"))[0] == 204
    assert (await staff.calls("GET", "/api/stock/note"))[1] == {"note": None}


async def test_the_tills_reader_scans_into_the_note_only_without_a_basket(staff):
    staff.outlet.attended = lambda: True
    await staff.calls("POST", "/api/stock/note", {"kind": "receiving"})
    await staff.outlet.read({"reader": "gun", "text": staff.stamp(3)})
    assert [line["serial"] for line in staff.outlet.stocking.note.current["lines"]] == [3]
    await staff.calls("POST", "/api/basket")
    await staff.outlet.read({"reader": "gun", "text": staff.stamp(4)})
    assert [line["serial"] for line in staff.outlet.stocking.note.current["lines"]] == [3]
    assert [line["serial"] for line in staff.outlet.till.baskets.shown()["lines"]] == [4]


async def test_the_shoppers_camera_never_scans_into_a_note(staff):
    await staff.calls("POST", "/api/stock/note", {"kind": "receiving"})
    await staff.outlet.read({"reader": "eye", "text": staff.stamp(3)})
    assert staff.outlet.stocking.note.current["lines"] == []


async def test_counting_says_what_was_expected(staff):
    await written(staff, "receiving", [staff.stamp(1), staff.stamp(2)])
    await written(staff, "count", [staff.stamp(1)])
    assert newest(staff, "stock_count")["lines"] == [{"gtin": staff.gtin, "counted": 1, "expected": 2}]
    assert (await held(staff))[staff.gtin][0] == 1


async def test_damage_return_and_transfer_ask_what_they_need(staff):
    await written(staff, "receiving", [staff.stamp(1), staff.stamp(2), staff.stamp(3)])
    status, answer = await written(staff, "damage", [staff.stamp(1)])
    assert (status, answer["title"]) == (422, "no_reason")
    status, answer = await staff.calls("PUT", "/api/stock/note", {"reason": "Rơi vỡ"})
    status, answer = await staff.calls("POST", "/api/stock/note/written", {"id": answer["note"]["id"]})
    assert status == 201
    assert (await written(staff, "return", [staff.stamp(2)], producer="p"))[0] == 201
    assert await held(staff) == {staff.gtin: (1, 1)}


async def test_the_tables_can_be_made_anew_with_the_stock_in_them(staff):
    await written(staff, "receiving", [staff.stamp(1), staff.stamp(2)])
    await written(staff, "transfer_out", [staff.stamp(2)], outlet="HT02")
    assert checking.check(staff.folder)["ok"]


async def test_what_a_shelf_list_says_is_what_a_scan_says(staff, monkeypatch):
    await written(staff, "receiving", [staff.stamp(1), staff.stamp(2)])
    yesterday = calendar.add_days(calendar.date_of(staff.clock.judged), -1)
    for lot in ({"produced": "2026-01-01", "expires": yesterday}, None):
        if lot is not None:
            whole = {"id": "l", "gtin": staff.gtin, "code": "L1"} | lot
            monkeypatch.setattr(type(staff.held.catalogue), "lot", lambda _self, _id, row=whole: row)
        _, answer = await staff.calls("POST", "/api/stock/lists", {"name": "off_shelf"})
        code = read_code(typed_line(staff.gtin, 1), "keyboard")
        assert code.kind == "typed"
        judged = staff.outlet._judge.judge(typed_line(staff.gtin, 1), "keyboard", "look", set(), 0)
        off = judged.verdict.verdict if judged.verdict.verdict in shelf.OFF_THE_SHELF else None
        assert [row["why"] for row in answer["rows"]] == ([off] if off else [])
        monkeypatch.undo()


async def test_a_statement_of_a_producer(staff):
    await written(staff, "receiving", [staff.stamp(1), staff.stamp(2)], producer="p")
    asked = {"name": "statement", "producer": "p", "first": "2020-01-01", "last": "2098-01-01"}
    _, answer = await staff.calls("POST", "/api/stock/lists", asked)
    row = answer["rows"][0]
    assert (row["received"], row["closing"], answer["sold"]) == (2, 2, 0)
    status, answer = await staff.calls("POST", "/api/stock/lists", asked | {"last": "2019-12-31"})
    assert status == 422
    status, _ = await staff.calls("POST", "/api/stock/lists", asked | {"first": "2026-13-01"})
    assert status == 422


async def test_what_soon_expires_stands_on_paper_with_lot_date_and_stamps(staff, become):
    await written(staff, "receiving", [staff.stamp(serial) for serial in (*range(1, 25), 30)])
    become(calendar.start_of("2097-12-25") + 1)
    for days, count in ((6, 0), (7, 25)):
        await staff.calls("POST", "/api/stock/lists/print", {"name": "expiring", "days": days})
        (data,) = staff.db.execute("SELECT data FROM print_job ORDER BY id DESC LIMIT 1").fetchone()
        report = json.loads(data)["report"] | {"copy": 0}
        for columns in (32, 48):
            text = " ".join(plain.text(reports.listing(report, columns)).split())
            assert (f"Trong {days} ngày" in text, f"Số món / Items {count}" in text) == (True, True), text
    assert "Nước mắm 25 Lô L1 · HSD 01/01/2098 Tem 1-24, 30" in text  # every one of them


@pytest.mark.parametrize("name", ["off_shelf", "expiring", "statement"])
async def test_lists_go_to_the_print_queue(staff, name):
    await written(staff, "receiving", [staff.stamp(1)])
    asked = {"name": name, "producer": "p", "days": 366}
    status, answer = await staff.calls("POST", "/api/stock/lists/print", asked)
    assert status == 202
    row = staff.db.execute("SELECT kind, data FROM print_job WHERE id = ?", (answer["job"],)).fetchone()
    assert row[0] == "report"
    assert json.loads(row[1])["report"]["kind"] == "list"
