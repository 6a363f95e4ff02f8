"""The receipt as a document."""

from printer import layout, templates
from printer.receipts import NAMES, receipt


def sale(**changes):
    provenance = {
        "stars": 4,
        "producer": "HTX Mật ong Hương Khê",
        "lot": "HK-2611-01",
        "produced": "2026-11-01",
        "expires": "2027-11-01",
        "serial": "1234567",
        "verdict": "genuine",
        "catalogue_age": "confirmed",
    }
    line = {"name": "Mật ong hoa rừng Hương Khê", "qty": 1, "unit": "chai", "price": 185000, "amount": 185000}
    line["provenance"] = provenance
    plain = {"name": "Túi giấy", "qty": 2, "unit": "cái", "price": 5000, "amount": 10000, "provenance": None}
    data = {
        "shop": {"name": "OCOP Hương Khê", "address": "12 Trần Phú, Hà Tĩnh", "tax_code": "3001234567"},
        "number": "HT01A-12",
        "hash10": "ABCDEFGHIJ",
        "check_url": "HTTPS://OCOP.HATINH.VN/R/HT01A/12/ABCDEFGHIJ",
        "at": 1795417500000,
        "cashier": "An",
        "lines": [line, plain],
        "total": 195000,
        "payments": [{"kind": "cash", "amount": 200000}],
        "change": 5000,
        "copy": 0,
        "illustrative": False,
        "catalogue_issued": 1795414200000,
    }
    data.update(changes)
    return data


def texts(document):
    lines = [item for item in layout.lines(document) if item["kind"] == "line"]
    return ["".join([run[0] for run in line["runs"]]) for line in lines]


def squeezed(document):
    return "\n".join(" ".join(text.split()) for text in texts(document))


def test_all_facts_are_on_the_paper():
    document = receipt(sale(), 48)
    paper = squeezed(document)
    for fact in (
        "OCOP Hương Khê",
        "12 Trần Phú, Hà Tĩnh",
        "MST 3001234567",
        "PHIẾU TÍNH TIỀN",
        "Số HT01A-12 23/11/2026 14:05",
        "Thu ngân: An",
        "Mật ong hoa rừng Hương Khê",
        "1 chai x 185.000 185.000",
        "OCOP 4 sao, HTX Mật ong Hương Khê",
        "Lô HK-2611-01, NSX 01/11/2026, HSD 01/11/2027",
        "Tem số 1234567: tem thật",
        "Quét để kiểm tra / Scan to check",
        "2 cái x 5.000 10.000",
        "TỔNG CỘNG / TOTAL 195.000 ₫",
        "Tiền mặt / Cash 200.000",
        "Tiền thừa / Change 5.000",
        "Dữ liệu tem lúc 23/11/2026 13:10, vừa xác nhận",
        "HT01A-12 ABCDEFGHIJ",
        "Phiếu này không thay thế hoá đơn",
    ):
        assert fact in paper, (fact, paper)
    assert "MINH HOẠ" not in paper and "BẢN SAO" not in paper
    codes = [item["text"] for item in document["items"] if item["kind"] == "qr"]
    assert codes == ["HTTPS://OCOP.HATINH.VN/R/HT01A/12/ABCDEFGHIJ"]
    assert document["items"][-1] == {"kind": "cut"}


def test_every_line_fits_every_paper():
    long = sale()
    long["lines"][0]["name"] = "Nước mắm nhỉ Phú Khương thượng hạng đóng chai thuỷ tinh " * 3
    long["lines"][0]["amount"] = 123456789000
    long["shop"]["name"] = "Điểm giới thiệu và bán sản phẩm OCOP huyện Hương Khê, tỉnh Hà Tĩnh"
    long["cashier"] = "Nguyễn Thị Hồng Hạnh Phương Thảo Minh Châu"
    for columns in (32, 42, 48):
        for item in layout.lines(receipt(long, columns)):
            if item["kind"] == "line":
                assert item["width"] <= columns, item
                assert not any("\n" in run[0] for run in item["runs"])


def test_centred_lines_are_of_like_length():
    data = sale()
    data["shop"]["address"] = "Số 12 đường Trần Phú, thị trấn Hương Khê, Hà Tĩnh"
    paper = texts(receipt(data, 48))
    assert "Số 12 đường Trần Phú, thị" in paper
    assert "trấn Hương Khê, Hà Tĩnh" in paper


def test_amounts_end_in_one_column():
    for columns in (32, 48):
        ends = [
            text
            for text in texts(receipt(sale(), columns))
            if text.endswith((" 185.000", " 10.000", " 200.000"))
        ]
        assert len(ends) == 3
        assert [len(text) for text in ends] == [columns] * 3


def test_what_is_unknown_is_left_out():
    data = sale(cashier="", change=0)
    data["shop"]["tax_code"] = ""
    for name in ("stars", "producer", "lot", "produced", "expires", "serial", "catalogue_age"):
        data["lines"][0]["provenance"][name] = None
    data["lines"][0]["provenance"]["verdict"] = "no_stamp"
    paper = squeezed(receipt(data, 48))
    for word in ("MST", "Thu ngân", "Tiền thừa", "OCOP 4", "Lô", "NSX", "HSD", "Tem số", "None"):
        assert word not in paper, word
    assert "Không quét được tem trên hàng" in paper
    data["catalogue_issued"] = None
    assert "máy chưa có dữ liệu tem" in squeezed(receipt(data, 48))


def test_the_least_sure_age_is_said():
    data = sale()
    second = dict(data["lines"][0])
    second["provenance"] = dict(second["provenance"])
    second["provenance"]["catalogue_age"] = "stale"
    data["lines"].append(second)
    assert "13:10, trong 7 ngày" in squeezed(receipt(data, 48))


def test_copies_and_sample_data_say_so_at_both_ends():
    paper = texts(receipt(sale(copy=2, illustrative=True), 48))
    for banner in ("BẢN SAO 2 / COPY 2", "DỮ LIỆU MINH HOẠ / SAMPLE DATA"):
        assert banner in paper[:2] and banner in paper[-2:]


def test_a_missing_field_is_an_error():
    data = sale()
    del data["total"]
    try:
        receipt(data, 48)
    except KeyError as error:
        assert "total" in str(error)
    else:
        raise AssertionError("no error")


def test_taxes_and_the_tax_offices_code_are_printed_when_there_are_any():
    data = sale(einvoice="1K26TAA-00000123", vat=[{"rate": 8, "base": 180556, "amount": 14444}])
    paper = squeezed(receipt(data, 48))
    assert "Thuế GTGT 8 % của 180.556 14.444" in paper
    assert "Hoá đơn điện tử / E-invoice: 1K26TAA-00000123" in paper
    assert "không thay thế hoá đơn" not in paper
    assert "Thuế" not in squeezed(receipt(sale(), 48))


def test_the_shops_own_words_and_what_it_hides():
    data = sale()
    data["shop"]["header"] = "Mở cửa 7:00 – 19:00"
    data["shop"]["footer"] = "Cảm ơn quý khách"
    paper = squeezed(receipt(data, 48, hidden=("cashier", "producer", "lot")))
    assert "Mở cửa 7:00 – 19:00" in paper and "Cảm ơn quý khách" in paper
    for word in ("Thu ngân", "HTX", "Lô "):
        assert word not in paper, word
    assert "OCOP 4 sao" in paper and "NSX 01/11/2026, HSD 01/11/2027" in paper


def test_a_logo_stands_where_the_template_has_it():
    kinds = [item["kind"] for item in receipt(sale(), 48, pictures={"logo": (8, 1, b"\xff")})["items"]]
    assert kinds[0] == "picture"
    assert "picture" not in [item["kind"] for item in receipt(sale(), 48)["items"]]


def test_another_template_and_its_errors():
    template, errors = templates.load("|{{number}} | {{total}}|\n{repeat:lines}\n|{{nmae}}\n{end}", NAMES)
    assert [number for number, _ in errors] == [3]
    template, errors = templates.load("|{{number}} | {{total}}|\n{option:ean}\n{code:{{hash}}}", NAMES)
    assert errors == []
    try:
        receipt(sale(), 48, template)
    except ValueError as error:
        assert "3" in str(error) and "ABCDEFGHIJ" in str(error)
    else:
        raise AssertionError("no error")


def test_values_cannot_change_the_paper():
    data = sale()
    for value in ("{code:1}", "a|b|c", "=", "---", '"^^^x', "\x1b@\x1dV\x00", "{{total}}", "{end}", "~_`\\n"):
        data["shop"]["name"] = data["lines"][0]["name"] = data["cashier"] = value
        document = receipt(data, 48)
        plain = receipt(sale(), 48)
        assert [item["kind"] for item in document["items"]] == [item["kind"] for item in plain["items"]]
        shown = " ".join("".join([" " if c < " " else c for c in value]).split())
        assert shown in squeezed(document), value
