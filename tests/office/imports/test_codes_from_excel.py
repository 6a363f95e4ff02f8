"""What Excel makes of codes: zeros dropped at the front, digits dropped at the end; and a file to fill in that keeps them."""

import io

import openpyxl
import pytest

from office import imports, sheets
from office.registry.fields import FieldError, parse
from office.registry.kinds import TRADE_ITEMS
from office.storage import database

GTIN = TRADE_ITEMS.field("gtin")
AS_TEXT = "đặt định dạng ô là Văn bản (Format Cells › Text)"


def refusal(written):
    with pytest.raises(FieldError) as refused:
        parse(GTIN, written)
    return refused.value


@pytest.mark.parametrize(
    "written", ["00036000291452", "0036000291452", "036000291452", 8930000000019, 8930000000019.0, 12345670]
)
def test_zeros_that_only_fill_a_gtin_up_may_be_missing(written):
    assert parse(GTIN, written) == f"{int(written):014d}"


@pytest.mark.parametrize(
    ("written", "whole"),
    [(36000291452, "036000291452"), ("1234565", "01234565"), (36000291453, ""), (123, "")],
)
def test_a_code_that_lacks_zeros_is_explained_and_proposed_but_not_taken(written, whole):
    error = refusal(written)
    assert f"mã này có {len(str(written))}" in error.vi and AS_TEXT in error.vi
    assert "format its cells as text" in str(error)
    assert (f"có phải {whole}?" in error.vi, f"is it {whole}?" in str(error)) == (bool(whole), bool(whole))


@pytest.mark.parametrize("written", ["8.93888E+12", "8,93888E+12", "8.9E12"])
def test_a_code_that_excel_has_rounded_is_explained(written):
    error = refusal(written)
    assert written in error.vi and AS_TEXT in error.vi


def test_other_wrong_codes_are_told_as_before():
    assert refusal("8938880000014").vi == "Số kiểm tra (chữ số cuối) của GTIN không đúng."
    assert refusal("89388800000013x").vi == "GTIN có 8, 12, 13 hoặc 14 chữ số."
    assert refusal(123456789012345).vi == "GTIN có 8, 12, 13 hoặc 14 chữ số."


@pytest.mark.only_on("sqlite")
def test_columns_of_codes_of_the_file_to_fill_in_are_text(engine):
    with database.reading(engine) as connection:
        data = sheets.xlsx_bytes(imports.sheets(connection, empty=True))
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Mặt hàng"]
    formats = {cell.value: sheet.column_dimensions[cell.column_letter].number_format for cell in sheet[1]}
    assert (formats["GTIN"], formats["Sản phẩm"], formats["Giá đề nghị (đ)"]) == ("@", "@", "General")
