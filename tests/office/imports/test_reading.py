"""What a person sees of a file that is being read: how far it is; and of one that holds nothing, why, and what to do."""

import io
import re
import zipfile

import openpyxl
import pytest

from office import sheets
from office.pages import imports as pages

HEAD = ["Mã", "Tên chủ thể", "Địa chỉ", "Xã, phường", "Điện thoại"]


def workbook(**tables):
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in tables.items():
        sheet = book.create_sheet(title.replace("_", " "))
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def producers(count):
    return [HEAD, *([f"N{n}", f"HTX {n}", "Thôn 1", "Kỳ Xuân", "0239 000"] for n in range(count))]


def test_reading_tells_how_many_of_how_many_rows_of_all_sheets():
    told = []
    data = workbook(Chủ_thể=producers(250), Sản_phẩm=[["Mã", "Tên sản phẩm"]] * 150)
    sheets.read("a.xlsx", data, lambda done, total: told.append((done, total)))
    assert told == [(100, 401), (200, 401), (300, 401), (400, 401)]


@pytest.mark.parametrize(
    ("part", "content"),
    [("xl/styles.xml", b"<xf/>" * 110_000), ("xl/theme/theme2.xml", b"<a/>" * 110_000),
     ("xl/sharedStrings.xml", b"<si/>" * 2_100_000)],
)  # fmt: skip
def test_a_part_that_would_fill_the_memory_is_not_parsed(part, content):
    data = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(Chủ_thể=producers(3)))) as whole,
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in whole.namelist():
            if name != part:
                made.writestr(name, whole.read(name))
        made.writestr(part, b"<x>" + content + b"</x>")
    assert len(data.getvalue()) < 100_000
    with pytest.raises(sheets.SheetError, match="unpacks to far too much"):
        sheets.read("a.xlsx", data.getvalue())


def test_a_csv_has_no_more_rows_than_a_workbook():
    for row, count in ((b"A\n", 100_000), (b'"A\nB"\n', 100_000)):
        assert len(sheets.read("a.csv", row * count)[0].rows) == count
        with pytest.raises(sheets.SheetError, match="split the file"):
            sheets.read("a.csv", row * (count + 1))


def test_a_sheet_that_does_not_say_how_large_it_is_is_counted():
    told = []
    table = sheets.Sheet("Chủ thể", [sheets.Column("Mã")], [[f"N{n}"] for n in range(250)])  # as we export it
    sheets.read("a.xlsx", sheets.xlsx_bytes([table]), lambda done, total: told.append((done, total)))
    assert told == [(100, 251), (200, 251)]


@pytest.mark.only_on("sqlite")
async def test_the_page_shows_a_bar_while_a_file_is_read_and_while_it_is_looked_at(desk, monkeypatch):
    monkeypatch.setattr(pages, "_PAUSE", 0.001)  # a small file is read between two looks
    await desk.log_in("registrar")
    page = await desk.upload("/office/import", "a.xlsx", workbook(Chủ_thể=producers(3000)))
    bars = re.findall(r'<progress max="(\d+)" value="(\d+)" aria-label="([^"]+)"></progress> ([^<]+)', page)
    steps = [name for _, _, name, _ in bars]
    assert steps == sorted(steps, key=["Đang đọc tệp", "Đang kiểm tra"].index)
    first = next(bar for bar in bars if bar[2] == "Đang đọc tệp")
    assert first[0] == "3001" and re.fullmatch(r"Đang đọc tệp: [\d.]+ / 3\.001 dòng", first[3])
    assert bars[-1] == ("3000", "3000", "Đang kiểm tra", "Đang kiểm tra: 3.000 / 3.000 dòng")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.xlsx", b"", "Tệp trống, không có dòng nào."),
        ("a.csv", b"\xef\xbb\xbf\r\n", "Tệp trống, không có dòng nào."),
        ("a.xlsx", workbook(Trang_tính1=[]), "Tệp trống, không có dòng nào."),
        (
            "a.xlsx",
            workbook(Chủ_thể=[["DANH SÁCH"], [], HEAD]),
            "Trang Chủ thể chỉ có dòng tên cột, chưa có hồ sơ nào.",
        ),
        ("a.csv", "Mã;Tên chủ thể\n".encode(), "Trang a chỉ có dòng tên cột, chưa có hồ sơ nào."),
        ("a.xlsx", workbook(Trang_tính1=[["x", "y"], [1, 2]]), "dòng đầu phải là tên cột như trong tệp mẫu."),
    ],
)
@pytest.mark.only_on("sqlite")
async def test_a_file_without_records_is_told_why_and_what_to_do(desk, name, data, said):
    await desk.log_in("registrar")
    page = await desk.upload("/office/import", name, data)
    assert said in page
    assert "Chọn tệp khác" in page and "Nhập vào danh mục" not in page


@pytest.mark.only_on("sqlite")
async def test_the_empty_file_to_fill_in_says_that_it_is_not_filled_in(desk):
    await desk.log_in("registrar")
    answer = await desk.client.get("/office/export/template.xlsx")
    page = await desk.upload("/office/import", "mau.xlsx", await answer.read())
    assert "Trang Chủ thể, Sản phẩm, Quyết định công nhận, Mặt hàng, Lô hàng" in page
