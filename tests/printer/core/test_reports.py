"""A shift's report on paper."""

from printer import plain, reports

X = {
    "kind": "x", "copy": 0, "shop": {"name": "HTX Kỳ Ninh", "address": "", "tax_code": ""}, "opened_at": 1_795_000_000_000,
    "opened_by": "An", "at": 1_795_020_000_000, "sales": 0, "items": 0, "sold": 0, "discounts": 0, "refunds": 0,
    "refunded": 0, "voids": 0, "voided": 0, "first": "", "last": "", "vat": [], "waiting": [], "moves": [],
    "staff": [], "payments": [{"kind": "cash", "taken": 0, "given": 0}],
    "cash": {"float": 500_000, "taken": 0, "given": 0, "moved_in": 0, "moved_out": 0, "expected": 500_000},
}  # fmt: skip
Z = {
    "kind": "z", "count": 12, "number": "HT01A-99", "closed_by": "Bình", "counted": 1_249_000, "difference": -1_000,
    "sales": 7, "items": 12, "sold": 1_480_000, "discounts": 20_000, "refunds": 1, "refunded": 110_000, "voids": 1,
    "voided": 50_000, "first": "HT01A-80", "last": "HT01A-98", "vat": [{"rate": 8, "base": 1_370_370, "amount": 109_630}],
    "waiting": [{"number": "HT01A-97", "amount": 60_000}],
    "moves": [{"direction": "out", "amount": 20_000, "reason": "Mua túi giấy"}, {"direction": "in", "amount": 5_000, "reason": "Tiền lẻ"}],
    "staff": [{"id": "nv1", "name": "An", "sales": 5, "sold": 1_000_000}, {"id": "nv2", "name": "Chi", "sales": 2, "sold": 480_000}],
    "payments": [{"kind": "cash", "taken": 925_000, "given": 160_000}, {"kind": "vietqr", "taken": 555_000, "given": 0}],
    "cash": {"float": 500_000, "taken": 925_000, "given": 160_000, "moved_in": 5_000, "moved_out": 20_000, "expected": 1_250_000},
}  # fmt: skip


def printed(report, columns=48):
    whole = dict(X)
    for name in report:
        whole[name] = report[name]
    return plain.text(reports.shift(whole, columns))


def test_an_x_report_says_that_the_shift_goes_on() -> None:
    text = printed({})
    assert "X REPORT" in text and "500.000 ₫" in text
    for word in ("Đếm được", "Huỷ đơn", "Trả hàng", "GTGT"):
        assert word not in text, word


def test_a_z_report_has_every_sum_and_what_the_drawer_lacks() -> None:
    for columns in (32, 42, 48):
        text = printed(Z, columns)
        for words in ("Z REPORT 12", "1.320.000 ₫", "1.250.000 ₫", "1.249.000 ₫", "Thiếu / Short", "HT01A-99",
                      "109.630", "Mua túi giấy", "-20.000", "HT01A-97", "765.000", "Chi (2)"):  # fmt: skip
            assert words in text, (columns, words)
        assert max([len(line) for line in text.split("\n")]) <= columns


def test_a_drawer_that_is_right_says_so() -> None:
    right = dict(Z)
    right["difference"], right["counted"] = 0, 1_250_000
    assert "Khớp / Right" in printed(right)


GOODS = {
    "kind": "list",
    "copy": 0,
    "shop": {"name": "Cửa hàng OCOP", "tax_code": ""},
    "title": "LẤY KHỎI KỆ / TAKE OFF THE SHELF",
    "staff": "An",
    "at": 1795400000000,
    "about": ["Trong 7 ngày / Within 7 days"],
    "rows": [
        {"name": "Nước mắm Kỳ Ninh", "more": ["Lô L1 · HSD 20/11/2026", "Tem 1, 2"], "qty": 2, "amount": None},
        {"name": "Nón lá", "more": [], "qty": 1200, "amount": 60000000},
    ],
    "total": 60000000,
}  # fmt: skip


def test_a_list_of_goods_says_each_with_its_number_and_adds_up():
    for columns in (32, 48):
        lines = plain.text(reports.listing(GOODS, columns)).split("\n")
        assert all(len(line) <= columns for line in lines)
        told = " ".join(" ".join(lines).split())
        for words in (
            "Nước mắm Kỳ Ninh 2",
            "Tem 1, 2",
            "1.200 60.000.000",
            "Số món / Items 1.202",
            "Sold for",
        ):
            assert words in told, (columns, words)


def test_an_empty_list_says_so():
    empty = dict(GOODS)
    empty["rows"], empty["total"] = [], None
    told = plain.text(reports.listing(empty, 48))
    assert "Không có món nào. / Nothing." in told and "Sold for" not in told


def test_a_copy_says_so_at_head_and_foot_and_the_original_does_not():
    for make, report in ((reports.shift, X), (reports.listing, GOODS)):
        assert "BẢN SAO" not in plain.text(make(report, 32))
        copy = dict(report)
        copy["copy"] = 2
        lines = [line.strip() for line in plain.text(make(copy, 32)).split("\n") if line.strip()]
        assert lines[0] == lines[-1] == "BẢN SAO 2 / COPY 2"
