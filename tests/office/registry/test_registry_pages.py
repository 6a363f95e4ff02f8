"""The registry's pages: lists, forms, files, history and undo, from a real server."""

import io
import re

import pytest
from PIL import Image
from sqlalchemy import select

from office import schema, stamps
from office.pages import frame
from office.registry import changes, files
from office.storage import counters, database

PRODUCER = {"id": "P3", "name": "HTX Nước mắm Đèo Ngang", "phone": "0239 000 1001", "lat_e5": "18,05000",
            "lon_e5": "106.39", "website": "https://example.vn"}  # fmt: skip
PRODUCT = {"id": "SP3", "name": "Nước mắm cốt", "producer": "HTX Chè", "group": "TP", "stars": "4",
           "recognised": "15/01/2026", "decision": "123/QĐ-UBND"}  # fmt: skip


def rows(engine, query):
    with database.reading(engine) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


async def test_a_producer_is_added_found_without_accents_and_changed(desk, engine):
    await desk.log_in("registrar")
    assert (
        await desk.post("/office/registry/producers/new", **PRODUCER)
        == "/office/registry/producers/P3?saved=1"
    )
    (row,) = rows(engine, select(schema.producers).where(schema.producers.c.id == "P3"))
    assert (row["lat_e5"], row["lon_e5"]) == (1805000, 10639000)
    found = await desk.get("/office/registry/producers?q=nuoc+MAM+deo")
    assert "HTX Nước mắm Đèo Ngang" in found
    assert "HTX Mật ong" not in found
    page = await desk.get("/office/registry/producers/P3/edit")
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]
    assert 'value="18,05000"' in page
    await desk.post("/office/registry/producers/P3/edit", **PRODUCER | {"name": "HTX mới", "seen": seen})
    assert "HTX mới" in await desk.get("/office/registry/producers/P3")
    assert "Đã ghi." in await desk.get("/office/registry/producers/P3?saved=1")


async def test_a_change_by_somebody_else_meanwhile_is_not_written_over(desk):
    await desk.log_in("registrar")
    await desk.post("/office/registry/producers/new", **PRODUCER)
    seen = re.search(r'name="seen" value="(\d+)"', await desk.get("/office/registry/producers/P3/edit"))[1]
    await desk.post("/office/registry/producers/P3/edit", **PRODUCER | {"name": "Một", "seen": seen})
    page = await desk.post(
        "/office/registry/producers/P3/edit", 422, **PRODUCER | {"name": "Hai", "seen": seen}
    )
    assert "registrar vừa sửa hồ sơ này" in page and page.count("registrar vừa ghi: Một") == 2
    assert "Một" in await desk.get("/office/registry/producers/P3")


async def test_a_product_knows_its_producer_by_name_and_lasts_36_months(desk, engine):
    await desk.log_in("registrar")
    await desk.post("/office/registry/products/new", **PRODUCT)
    (row,) = rows(engine, select(schema.recognitions).where(schema.recognitions.c.product == "SP3"))
    assert (row["recognised"], row["recognised_until"], row["stars"]) == ("2026-01-15", "2029-01-15", 4)
    (row,) = rows(engine, select(schema.products).where(schema.products.c.id == "SP3"))
    assert (row["producer"], row["group_name"]) == ("P2", "Thực phẩm")


async def test_a_decision_of_a_day_to_come_is_refused_since_it_would_count_at_once(desk, engine):
    await desk.log_in("registrar")
    page = await desk.post("/office/registry/products/new", 422, **PRODUCT | {"recognised": "24/11/2026"})
    assert "Ngày công nhận 24/11/2026 còn ở tương lai" in page
    assert not rows(engine, select(schema.products).where(schema.products.c.id == "SP3"))
    await desk.post("/office/registry/products/new", **PRODUCT | {"recognised": "23/11/2026"})


async def test_wrong_fields_are_named_in_vietnamese_with_english_beside(desk, engine):
    await desk.log_in("registrar")
    wrong = PRODUCT | {"recognised": "31/02/2026", "stars": "7", "producer": "HTX", "name": ""}
    page = await desk.post("/office/registry/products/new", 422, **wrong)
    for words in (
        "Cần một ngày, như 23/11/2026.",
        "A date, such as 23/11/2026.",
        "Chỉ nhận: 3 sao",
        "Cần điền mục này.",
    ):
        assert words in page
    page = await desk.post("/office/registry/products/new", 422, **PRODUCT | {"producer": "HTX"})
    assert "“HTX” có thể là: P1 · HTX Mật ong; P2 · HTX Chè." in page
    assert not rows(engine, select(schema.products).where(schema.products.c.id == "SP3"))
    assert 'value="15/01/2026"' in page  # nothing that was typed is lost


async def test_a_code_that_is_taken_is_not_written_over(desk):
    await desk.log_in("registrar")
    page = await desk.post("/office/registry/producers/new", 422, **PRODUCER | {"id": "P1"})
    assert "Đã có hồ sơ này, mã P1." in page


async def test_the_office_assigns_gtins_of_its_own_prefix(desk, engine):
    await desk.log_in("registrar")
    for net, wanted in (("1 lít", "08938880000013"), ("2 lít", "08938880000020")):
        form = {"gtin": "", "product": "SP1", "net": net, "price": "185.000 đ", "stamped": "x"}
        at = await desk.post("/office/registry/trade_items/new", **form)
        assert at == f"/office/registry/trade_items/{wanted}?saved=1"
    page = await desk.post("/office/registry/trade_items/new", 422, gtin="8938880000017", product="SP1")
    assert "Số kiểm tra" in page


@pytest.mark.parametrize("kind", ["producers", "products", "recognitions", "trade_items", "lots", "outlets",
                                  "contracts", "inspections"])  # fmt: skip
async def test_every_kind_has_a_list_that_sorts_and_a_form(desk, kind):
    await desk.log_in("administrator")
    page = await desk.get(f"/office/registry/{kind}")
    for order in re.findall(r"order=(-?[a-z_0-9]+)", page):
        await desk.get(f"/office/registry/{kind}?q=&order={order}&page=1&lang=en")
    await desk.get(f"/office/registry/{kind}?q=m%E1%BA%ADt%25_")
    await desk.get(f"/office/registry/{kind}/new")
    for path in set(re.findall(rf'href="(/office/registry/{kind}/[^"?]+)"', page)):
        assert "<h1>" in await desk.get(path)


async def test_history_tells_what_became_of_what_and_takes_it_back(desk, engine):
    await desk.log_in("registrar")
    await desk.post("/office/registry/producers/new", **PRODUCER)
    with database.reading(engine) as connection:
        before = counters.read(connection)[counters.REGISTRY]
        (added,) = changes.history(connection, "producers", "P3")
    await desk.post("/office/registry/producers/P3/edit", **PRODUCER | {"phone": "1", "seen": str(added.id)})
    page = await desk.get("/office/history?kind=producers&key=P3")
    assert "<del>0239 000 1001</del>" in page
    assert "<ins>1</ins>" in page
    with database.reading(engine) as connection:
        edited = changes.history(connection, "producers", "P3")[0]
    assert "sửa tiếp sau đó" in await desk.post(f"/office/history/{added.id}/undo", 422)
    await desk.post(f"/office/history/{edited.id}/undo")
    (row,) = rows(engine, select(schema.producers).where(schema.producers.c.id == "P3"))
    assert row["phone"] == "0239 000 1001"
    with database.reading(engine) as connection:
        assert counters.read(connection)[counters.REGISTRY] > before  # outlets learn of it
    # What was added goes again, unless others rest on it.
    await desk.post(f"/office/history/{added.id}/undo")
    assert not rows(engine, select(schema.producers).where(schema.producers.c.id == "P3"))
    with database.reading(engine) as connection:
        (first,) = changes.history(connection, "producers", "P1")
    assert "đang được hồ sơ khác dùng" in await desk.post(f"/office/history/{first.id}/undo", 422)


async def test_a_lot_that_stamps_are_tied_to_keeps_its_dates_through_undo(desk, engine):
    await desk.log_in("registrar")
    with database.reading(engine) as connection:
        (added,) = changes.history(connection, "lots", "L1")
    assert "Đã kích hoạt tem" in await desk.post(f"/office/history/{added.id}/undo", 422)


async def test_an_inspection_recalls_the_lot_at_once(desk, engine):
    await desk.log_in("inspector")
    form = {
        "id": "KT-1",
        "day": "23/11/2026",
        "place": "Kỳ Anh",
        "finding": "Nấm mốc",
        "consequence": "recall",
    }
    assert "Thu hồi lô nào?" in await desk.post("/office/registry/inspections/new", 422, **form)
    assert not rows(engine, select(schema.inspections))
    await desk.post("/office/registry/inspections/new", **form | {"lot": "L1"})
    assert [row["lot"] for row in rows(engine, select(schema.recalls))] == ["L1"]
    assert "Nấm mốc" in await desk.get("/office/registry/lots/L1")


async def test_a_recall_and_a_withdrawal_ask_for_their_reason(desk, engine):
    await desk.log_in("inspector")
    assert "Cần điền" in await desk.post("/office/registry/lots/L1/end", 422, reason="")
    await desk.post("/office/registry/lots/L1/end", reason="Nhãn sai")
    assert "đã bị thu hồi rồi" in await desk.post("/office/registry/lots/L1/end", 422, reason="Nhãn sai")
    await desk.post(
        "/office/registry/products/SP1/end", on="1/11/2026", produced_from="01/10/2026", reason="x"
    )
    assert rows(engine, select(schema.withdrawals)) == [
        {"product": "SP1", "on": "2026-11-01", "produced_from": "2026-10-01", "reason": "x"}
    ]


async def test_a_withdrawal_says_from_when_for_which_goods_and_where_it_is_taken_back(desk):
    await desk.log_in("inspector")
    form = {"on": "1/11/2026", "produced_from": "01/10/2026", "reason": "Mất chứng nhận"}
    await desk.post("/office/registry/products/SP1/end", **form)
    page = await desk.get("/office/registry/products/SP1")
    assert "từ 01/11/2026, hàng sản xuất từ 01/10/2026: Mất chứng nhận" in " ".join(page.split()).replace(
        "</strong>", ""
    )
    history = re.search(r"/office/history\?kind=withdrawals&amp;key=SP1", page)[0].replace("&amp;", "&")
    page = await desk.get(history)
    assert "Mất chứng nhận" in page
    await desk.post(re.search(r"/office/history/\d+/undo", page)[0])
    assert "Mất chứng nhận" not in await desk.get("/office/registry/products/SP1")


async def test_a_lot_names_its_stamps_as_ranges(desk, engine, gtin, now):
    with database.writing(engine) as connection:
        for first, last in ((51, 60), (81, 90)):  # L1 has 1 to 50
            stamps.activate(connection, gtin, first, last, "L1", "t", now)
    await desk.log_in("officer")
    page = await desk.get("/office/registry/lots/L1")
    assert re.search(r"Tem của lô <span class=\"soft\">70</span>", page)
    assert "1–60, 81–90" in page
    assert f"/office/stamps/activate?gtin={gtin}&amp;lot=L1" in page


async def test_what_was_done_is_told_with_its_serials_page_by_page(desk, engine, gtin, now):
    with database.writing(engine) as connection:
        for serial in range(51, 101):
            stamps.void(connection, gtin, serial, serial, f"Rách lần {serial}", "lan", now)
    await desk.log_in("viewer")
    newest = await desk.get("/office/history")
    assert "từ tem: 100" in newest and "lý do: Rách lần 100" in newest
    assert "Rách lần 51<" not in newest
    assert "Rách lần 51<" in await desk.get("/office/history?page=2")


async def test_a_picture_is_kept_without_what_the_camera_wrote(desk):
    await desk.log_in("registrar")
    picture, data = Image.new("RGB", (3000, 200), "green"), io.BytesIO()
    exif = picture.getexif()
    exif[0x010E] = "who took it"
    picture.save(data, "JPEG", exif=exif)
    await desk.upload("/office/registry/products/SP1/files", "ảnh.jpg", data.getvalue(), 303)
    path = re.search(r"/office/files/\d+", await desk.get("/office/registry/products/SP1"))[0]
    kept = await (await desk.client.get(path)).read()
    assert b"who took it" not in kept
    assert Image.open(io.BytesIO(kept)).size == (1600, 107)
    page = await desk.upload("/office/registry/products/SP1/files", "x.svg", b"<svg onload='x'/>", 422)
    assert "Chỉ nhận ảnh" in page
    page = await desk.post(path + "/remove", 200)
    assert "không hoàn tác được" in page and f'<form method="post" action="{path}/remove">' in page
    assert path in await desk.get("/office/registry/products/SP1")
    await desk.post(path + "/remove", sure="yes")
    assert path not in await desk.get("/office/registry/products/SP1")


async def test_what_is_no_file_or_too_large_is_said_on_a_page_that_leads_back(desk):
    await desk.log_in("registrar")
    path = "/office/registry/products/SP1"
    assert "Hãy chọn tệp trước" in await desk.upload(path + "/files", "rỗng.jpg", b"", 422)
    for sent in (path + "/files", "/office/import"):
        page = await desk.upload(sent, "lớn.jpg", bytes(frame.LARGEST_UPLOAD + 1), 413)
        assert "Tệp quá lớn: tối đa 12 MB" in page
        assert f'href="{sent.removesuffix("/files")}"' in page
    assert "Không có hồ sơ này" in await desk.upload(path + "0/files", "a.pdf", b"%PDF-1.4", 422)
    assert "/office/files/" not in await desk.get(path)


def test_a_pack_that_was_cut_out_stands_on_white():
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(out, "PNG")
    kept = Image.open(io.BytesIO(files.prepared(out.getvalue())[1]))
    assert min(kept.getpixel((20, 20))) > 250


async def test_an_inspector_adds_and_removes_files_of_inspections_and_of_nothing_else(desk):
    await desk.log_in("inspector")
    path = "/office/registry/inspections/KT-1"
    form = {"id": "KT-1", "day": "1/11/2026", "place": "x", "finding": "x", "product": "SP1"}
    await desk.post("/office/registry/inspections/new", **form)
    await desk.upload(path + "/files", "phiếu.pdf", b"%PDF-1.4", 303)
    await desk.upload("/office/registry/products/SP1/files", "phiếu.pdf", b"%PDF-1.4", 403)
    number = re.search(r"/office/files/\d+/remove", await desk.get(path))[0]
    await desk.log_in("registrar")
    assert "/remove" not in await desk.get(path)
    await desk.post(number, 403, sure="yes")
    await desk.log_in("inspector")
    await desk.post(number, sure="yes")
    assert "phiếu.pdf" not in await desk.get(path)


async def test_what_people_write_is_text_and_never_markup(desk):
    await desk.log_in("registrar")
    await desk.post("/office/registry/producers/new", **PRODUCER | {"name": "<script>alert(1)</script>"})
    for path in ("/office/registry/producers", "/office/registry/producers/P3", "/office/history",
                 "/office/registry/producers/P3/edit", "/office/registry/products/new"):  # fmt: skip
        assert "<script" not in await desk.get(path)


async def test_a_form_that_a_colleague_has_overtaken_takes_over_what_only_they_changed(desk):
    await desk.log_in("registrar")
    await desk.post("/office/registry/products/new", **PRODUCT)
    path = "/office/registry/products/SP3/edit"
    seen = re.search(r'name="seen" value="(\d+)"', await desk.get(path))[1]
    form = PRODUCT | {"seen": seen}
    theirs = form | {"stars": "5", "story": "Của người kia"}  # the stars are another table's
    await desk.post(path, **theirs)
    page = await desk.post(path, 422, **form | {"name": "Mật ong rừng"})
    assert "registrar vừa sửa hồ sơ này" in page
    assert "vừa ghi" not in page
    assert '<option value="5" selected>' in page and ">Của người kia</textarea>" in page
    page = await desk.post(path, 422, **form | {"story": "Của tôi"})
    assert page.count("registrar vừa ghi: Của người kia") == 2  # above, and at the field
    await desk.post(path, **theirs)  # pressed twice


@pytest.mark.parametrize("seen", ["²", "9" * 5000, ""])
async def test_a_form_that_says_wrongly_what_it_has_seen_is_looked_at_again(desk, seen):
    await desk.log_in("registrar")
    await desk.post("/office/registry/producers/P1/edit", 422, name="Tên khác", seen=seen)
