"""Excel and CSV in and out: round trips, wrong rows named, nothing half-done, hostile files refused."""

import csv
import io
import re
import zipfile
from datetime import datetime

import openpyxl
import pytest
from sqlalchemy import func, select

from office import imports, registry, schema, sheets
from office.outlets.ingest import ingest
from office.registry import changes, writing
from office.registry.gtins import Prefix
from office.registry.kinds import KINDS
from office.registry.store import Store
from office.storage import counters, database

PRODUCERS = ["Mã", "Tên chủ thể", "Điện thoại", "Vĩ độ"]


def workbook(**tables):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in tables.items():
        sheet = book.create_sheet(title.replace("_", " "))
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def count(engine, table):
    with database.reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def registry_version(engine):
    with database.reading(engine) as connection:
        return counters.read(connection)[counters.REGISTRY]


@pytest.fixture
def run(engine, now):
    def run(name, data, **more):
        tables = sheets.read(name, data)
        return imports.run(engine, tables, "test", now, **more)

    return run


def export(engine, kind=None):
    with database.reading(engine) as connection:
        return list(imports.sheets(connection)) if kind is None else imports.sheet(connection, KINDS[kind])


def test_what_is_exported_comes_in_again_and_changes_nothing(engine, run):
    before = registry_version(engine)
    report = run("all.xlsx", sheets.xlsx_bytes(export(engine)), keep=True)
    assert not report.problems
    assert {name: (c.new, c.changed) for name, c in report.counts.items()} == dict.fromkeys(
        report.counts, (0, 0)
    )
    assert report.counts["products"].same == 2
    for kind in ("producers", "products", "trade_items", "lots", "outlets", "contracts", "recognitions"):
        report = run(f"{kind}.csv", sheets.csv_bytes(export(engine, kind)), keep=True)
        assert report.good and report.counts[kind].new == report.counts[kind].changed == 0, kind
    assert registry_version(engine) == before  # and nothing is published for it


def test_cells_are_typed_and_dates_are_dates(engine):
    book = openpyxl.load_workbook(io.BytesIO(sheets.xlsx_bytes(export(engine))))
    lots = book["Lô hàng"]
    assert [cell.value for cell in lots[1]][:4] == [
        "Mã",
        "Mặt hàng (GTIN)",
        "Số lô trên bao bì",
        "Ngày sản xuất",
    ]
    assert lots["D2"].value == datetime(2026, 10, 1)  # noqa: DTZ001
    assert lots["D2"].number_format == "dd/mm/yyyy"
    assert lots["B2"].value == "08930000000019"
    price = book["Mặt hàng"]["E2"]
    assert (price.value, price.number_format) == (185000, "#,##0")


def test_rows_are_written_as_people_write_them(engine, run):
    data = workbook(
        Chủ_thể=[["DANH SÁCH CHỦ THỂ NĂM 2026"], [], PRODUCERS, ["P7", " HTX  Rượu ", 239000, "18,5"]],
        Sản_phẩm=[
            ["MÃ", "ten san pham", "Chủ thể", "Nhóm", "Hạng sao", "Ngày công nhận"],
            ["SP7", "Rượu nếp", "HTX Rượu", "Đồ uống", 4, datetime(2026, 2, 28)],  # noqa: DTZ001
            ["SP8", "Rượu cần", "P7", "DU", "3 sao", "1/3/2026"],
        ],
    )
    report = run("a.xlsx", data, keep=True)
    assert report.problems == []
    assert report.counts["products"].new == 2
    with database.reading(engine) as connection:
        row = connection.execute(select(schema.producers).where(schema.producers.c.id == "P7")).one()
        assert (row.name, row.phone, row.lat_e5) == ("HTX Rượu", "239000", 1850000)
        until = select(schema.recognitions.c.recognised_until).where(schema.recognitions.c.product == "SP7")
        assert connection.execute(until).scalar_one() == "2029-02-28"


def test_columns_that_a_file_lacks_stay_as_they_were(engine, run):
    with database.writing(engine) as connection:
        known = registry.Producer(id="P1", name="HTX Mật ong", phone="0239 1", lat_e5=1850000)
        registry.put(connection, known, "test", 1)
    report = run("a.csv", "Mã,Tên chủ thể,Địa chỉ\nP1,HTX Mật ong rừng,Vũ Quang\n".encode(), keep=True)
    assert report.counts["producers"] == (0, 1, 0)
    assert run(
        "b.csv",
        "Mã,Tên sản phẩm,Chủ thể,Hạng sao,Ngày công nhận\nSP1,Mật,P1,4,2/1/2025\n".encode(),
        keep=True,
    ).good
    with database.reading(engine) as connection:
        row = connection.execute(select(schema.producers).where(schema.producers.c.id == "P1")).one()
        assert (row.name, row.address, row.phone, row.lat_e5) == (
            "HTX Mật ong rừng",
            "Vũ Quang",
            "0239 1",
            1850000,
        )
        assert connection.execute(
            select(schema.products.c.illustrative).where(schema.products.c.id == "SP1")
        ).scalar_one()
        until = select(schema.recognitions.c.recognised_until).where(schema.recognitions.c.product == "SP1")
        assert connection.execute(until).scalar_one() == "2028-01-02"


def test_a_wrong_row_is_named_by_row_and_column_and_nothing_is_half_imported(engine, run):
    before = count(engine, schema.producers)
    data = workbook(
        Chủ_thể=[PRODUCERS, ["P7", "Tốt", "", ""], ["P8", "", "", "xa"], ["P7", "Trùng", "", ""]],
        Hợp_đồng=[["Điểm bán", "Chủ thể", "Từ ngày"], ["HT01", "P404", "1/1/2026"]],
    )
    report = run("a.xlsx", data, keep=True)
    told = [(p.sheet, p.row, p.column, p.header, p.value) for p in report.problems]
    assert told == [
        ("Chủ thể", 3, "B", "Tên chủ thể", ""),
        ("Chủ thể", 3, "D", "Vĩ độ", "xa"),
        ("Chủ thể", 4, "A", "Mã", "P7"),
        ("Hợp đồng", 2, "B", "Chủ thể", "P404"),
    ]
    assert report.problems[3].vi == "Không có chủ thể “P404”; hãy thêm trước."
    assert count(engine, schema.producers) == before


def test_a_wrong_row_is_told_once_and_not_for_every_row_that_rests_on_it(engine, run):
    data = workbook(
        Sản_phẩm=[
            ["Mã", "Tên sản phẩm", "Chủ thể", "Hạng sao", "Ngày công nhận"],
            ["SP9", "x", "P1", 9, "1/1/2026"],
        ],
        Mặt_hàng=[["GTIN", "Sản phẩm"], ["08938880000013", "SP9"]],
    )
    report = run("a.xlsx", data, keep=True)
    assert [(p.sheet, p.row, p.column) for p in report.problems] == [("Sản phẩm", 2, "D")]
    assert count(engine, schema.trade_items) == 2


def test_a_dry_run_tells_and_stores_nothing(engine, run):
    before = count(engine, schema.producers), count(engine, schema.changes)
    report = run("a.xlsx", workbook(Chủ_thể=[PRODUCERS, ["P7", "Mới", "", ""], ["P1", "Tên khác", "", ""]]))
    assert report.good and report.counts["producers"] == (1, 1, 0)
    assert (count(engine, schema.producers), count(engine, schema.changes)) == before


def test_missing_and_unknown_columns_and_foreign_sheets_are_told(run):
    report = run(
        "a.xlsx", workbook(Chủ_thể=[["Mã", "Điện thoại", "Ghi chú"], ["P7", "1", "x"]], Khác=[["a"], ["b"]])
    )
    assert [p.vi for p in report.problems] == ["Thiếu cột: Tên chủ thể."]
    assert report.unknown == [("Chủ thể", "Ghi chú")]
    assert report.ignored == ["Khác"]
    assert not run("a.xlsx", workbook(Khác=[["a", "b"], ["c", "d"]])).good


def test_inspections_do_not_come_from_files(run):
    rows = [["Mã", "Ngày", "Nơi kiểm tra", "Nội dung, kết quả", "Lô hàng", "Xử lý"],
            ["K1", "1/1/2026", "x", "y", "L1", "Thu hồi lô"]]  # fmt: skip
    assert [p.row for p in run("a.xlsx", workbook(Kiểm_tra=rows)).problems] == [1]


@pytest.mark.parametrize("text", ['=HYPERLINK("http://evil")', "+84 239", "-1+1", "@SUM(A1)", "\tx"])
def test_no_text_becomes_a_formula(text):
    table = sheets.Sheet("x", [sheets.Column("A"), sheets.Column("B")], [[text, "b"]])
    cell = openpyxl.load_workbook(io.BytesIO(sheets.xlsx_bytes([table])))["x"]["A2"]
    assert cell.data_type == "s"
    (_, row) = csv.reader(io.StringIO(sheets.csv_bytes(table).decode("utf-8-sig")))
    assert row[0] == "'" + text
    (_, (_, back)) = sheets.read("x.csv", sheets.csv_bytes(table))[0].rows
    assert back[0] == text  # and it comes back as it was


def test_a_csv_begins_as_excel_wants_it_and_any_of_its_forms_is_read(run):
    table = sheets.Sheet("x", [sheets.Column("Tên")], [["Mật ong"]])
    assert sheets.csv_bytes(table).startswith(b"\xef\xbb\xbfT\xc3\xaan\r\n")
    text = "Mã;Tên chủ thể\nP7;HTX “một; hai”\n"
    for data in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16"),
                 text.replace(";", "\t").encode()):  # fmt: skip
        assert run("producers.csv", data).good
    with pytest.raises(sheets.SheetError, match="CSV UTF-8"):
        sheets.read("x.csv", "Mã;Tên chủ thể".encode("utf-16")[2:] + b"\xff\xff")


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as file:
            for _ in range(320):
                file.write(bytes(1024 * 1024))
    return out.getvalue()


def altered(change):
    """A workbook with its first sheet's XML changed."""
    source, out = (
        zipfile.ZipFile(io.BytesIO(workbook(Chủ_thể=[PRODUCERS, ["P7", "x", "", ""]]))),
        io.BytesIO(),
    )
    with zipfile.ZipFile(out, "w") as archive:
        for part in source.infolist():
            data = source.read(part)
            archive.writestr(part, change(data) if "sheet1.xml" in part.filename else data)
    return out.getvalue()


XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
HOSTILE = {
    "bomb": bomb,
    "xxe": lambda: altered(lambda data: XXE + re.sub(rb"<\?xml[^>]*\?>", b"", data).replace(b"P7", b"&e;")),
    "damaged": lambda: workbook(x=[["a"]])[:-200],
    "no workbook": lambda: b"PK\x05\x06" + bytes(18),
    "old": lambda: b"\xd0\xcf\x11\xe0" + bytes(600),
    "pdf": lambda: b"%PDF-1.7\n",
    "picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(600),
    "page of a browser": lambda: b"<html><table><tr><td>P7</td></tr></table></html>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_and_broken_files_are_refused_in_words(name):
    with pytest.raises(sheets.SheetError) as refused:
        sheets.read("x.xlsx", HOSTILE[name]())
    assert refused.value.vi and "passwd" not in str(refused.value)


def test_a_cell_far_away_costs_nothing():
    data = altered(lambda data: data.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'))  # fmt: skip
    (table,) = sheets.read("x.xlsx", data)
    assert [number for number, _ in table.rows] == [1, 2]


async def test_a_file_is_looked_at_and_then_imported(desk, engine):
    await desk.log_in("registrar")
    data = workbook(Chủ_thể=[PRODUCERS, *([f"N{n}", f"HTX {n}", "", ""] for n in range(120))])
    page = await desk.upload("/office/import", "chủ thể.xlsx", data)
    assert "Tệp đúng. Chưa ghi gì." in page
    assert '<progress max="120"' in page
    number = re.search(r'action="(/office/import/[0-9a-f]{32})"', page)[1]
    assert count(engine, schema.producers) == 2
    assert "Đã nhập xong." in await desk.post(number, 200)
    assert count(engine, schema.producers) == 122
    assert "không còn nữa" in await desk.post(number, 404)


async def test_nobody_imports_the_file_that_another_sent(desk):
    await desk.log_in("registrar")
    page = await desk.upload("/office/import", "a.xlsx", workbook(Chủ_thể=[PRODUCERS, ["N1", "x", "", ""]]))
    number = re.search(r'action="(/office/import/[0-9a-f]{32})"', page)[1]
    await desk.log_in("administrator")
    await desk.post(number, 404)


async def test_problems_are_shown_and_a_broken_file_too(desk):
    await desk.log_in("registrar")
    page = await desk.upload("/office/import", "a.csv", "Mã,Tên chủ thể\nN 1,x\n".encode())
    assert "1 lỗi; chưa ghi gì" in page
    assert "<td>A <span" in page
    assert "Tệp Excel bị hỏng." in await desk.upload("/office/import", "a.xlsx", b"PK nonsense")


@pytest.mark.parametrize("path", ["all.xlsx", "template.xlsx", "producers.csv", "lots.xlsx"])
async def test_exports_are_files(desk, path):
    await desk.log_in("viewer")
    answer = await desk.client.get(f"/office/export/{path}")
    assert answer.status == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="ocop-{path}"'
    assert sheets.read(path, await answer.read())


@pytest.fixture
def many(now):
    """A workbook of new producers and products, and of one that is known already."""
    rows = [["Mã", "Tên sản phẩm", "Chủ thể", "Hạng sao", "Ngày công nhận"]]
    rows += [[f"M{n}", f"Trà {n}", "P1", 4, "2/3/2026"] for n in range(120)]
    rows.append(["SP1", "Mật ong rừng", "P1", 4, "2/1/2025"])
    return workbook(Sản_phẩm=rows)


def test_outlets_are_acknowledged_while_an_import_runs(engine, run, many, enrolled, gtin, now):
    device, acknowledged = enrolled("HT01A"), []

    def push(_done, _total):
        device.sell(gtin, len(device.entries) + 1)
        last = len(device.entries)
        acknowledged.append(ingest(engine, "HT01A", device.segment(last, last), now).seq)

    report = run("a.xlsx", many, keep=True, progress=push)
    assert report.good
    assert len(acknowledged) >= 3
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    assert count(engine, schema.sales) == len(acknowledged)
    assert count(engine, schema.products) == 122


def test_who_changes_the_registry_during_an_import_loses_nothing(engine, run, many, now):
    said = []

    def rename(_done, _total):
        if len(said) < 2:
            said.append(f"HTX {len(said)}")
            with database.writing(engine) as connection:
                registry.put(connection, registry.Producer(id="P1", name=said[-1]), "other", now)

    assert run("a.xlsx", many, keep=True, progress=rename).counts["products"] == (120, 1, 0)
    with database.reading(engine) as connection:
        names = connection.execute(select(schema.producers.c.name).where(schema.producers.c.id == "P1"))
        assert names.scalar_one() == "HTX 1"
        changed = changes.history(connection, "products", "SP1")[0]
        fields = {name: (old, new) for name, old, new in changed.fields()}
        assert fields == {"name": ("Mật ong", "Mật ong rừng")}
    assert count(engine, schema.products) == 122


def test_an_import_comes_to_an_end_when_others_change_the_registry_all_the_time(engine, run, many, now):
    worked_out = []

    def rename(done, total):
        if done == total and len(worked_out) < 3:  # each time it was worked out; then it has the writer
            worked_out.append(done)
            with database.writing(engine) as connection:
                name = f"HTX {len(worked_out)}"
                registry.put(connection, registry.Producer(id="P1", name=name), "other", now)

    assert run("a.xlsx", many, keep=True, progress=rename).good
    assert len(worked_out) == 3
    assert count(engine, schema.products) == 122


def test_a_trial_during_other_work_stores_nothing_and_is_not_tried_again(engine, run, many, now):
    calls = []

    def rename(done, total):
        calls.append(done)
        with database.writing(engine) as connection:
            name = f"HTX {len(calls)}"
            registry.put(connection, registry.Producer(id="P1", name=name), "other", now)

    assert run("a.xlsx", many, progress=rename).counts["products"] == (120, 1, 0)
    assert count(engine, schema.products) == 2
    assert calls == sorted(calls)


def test_what_a_colleague_changed_since_the_file_was_sent_is_not_overwritten_unseen(engine, run, now):
    (code, _), (other, _) = _names(engine)[:2]
    data = f"Mã,Tên chủ thể\n{code},Tên trong tệp\n{other},Tên khác trong tệp\n".encode()
    with database.writing(engine) as connection:
        store = Store(connection, "colleague", now + 1000)
        writing.put(store, KINDS["producers"], {"id": code, "name": "Tên đồng nghiệp ghi"}, Prefix(""))
        store.flush()
    report = run("producers.csv", data, keep=True, sent_at=now)
    [problem] = report.problems
    assert (problem.row, problem.column) == (2, "")
    assert "colleague has changed this record" in problem.en
    assert dict(_names(engine))[code] == "Tên đồng nghiệp ghi"
    assert dict(_names(engine))[other] != "Tên khác trong tệp"  # all or nothing
    assert run("producers.csv", data, keep=True, sent_at=now + 2000).good  # it was looked at again
    assert dict(_names(engine))[code] == "Tên trong tệp"


def _names(engine):
    with database.reading(engine) as connection:
        table = schema.producers
        return [
            tuple(row) for row in connection.execute(select(table.c.id, table.c.name).order_by(table.c.id))
        ]
