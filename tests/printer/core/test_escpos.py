"""Bytes of ESC/POS, against the command reference."""

from printer import documents
from printer.escpos import encode
from printer.layout import pair
from printer.profiles import dots, profile
from printer.vietnamese import LETTERS


def raster(text, style):
    """Dots that tell what was asked for: 12 x 24 a letter, every row the letter's code, low byte twice."""
    if style == "qr":
        return 9, 2, b"\x80\x80\x7f\x00"
    row = b"".join(bytes((ord(c) & 255,)) for c in text) + bytes(len(text) * 12 // 8 + 1)
    width = 12 * len(text)
    return width, 24, row[: (width + 7) // 8] * 24


def encoded(name, *items, columns=48):
    document = documents.document(columns)
    document["items"] += list(items)
    return encode(document, profile(name), raster)


def lines(name, text, **how):
    return encoded(name, documents.text(text, **how))[2:]


def test_ascii_goes_as_it_is():
    assert encoded("tcvn", documents.text("Lo HK-01")) == b"\x1b@Lo HK-01\n"
    assert encoded("plain", documents.text("Lo HK-01")) == b"\x1b@Lo HK-01\n"


def test_vietnamese_goes_through_the_pages():
    assert lines("tcvn", "Mật ong") == b"M\x1bt\x1e\xcbt ong\n"
    assert lines("tcvn", "ĐẮT đắt") == b"\x1bt\x1f\xa7\xbeT \x1bt\x1e\xae\xbet\n"
    assert lines("tcvn", "5.000 ₫") == b"5.000 \x1bt\x34\xfe\n"
    assert lines("tcvn", "“a” – b — c") == b"\x1bt\x34\x93a\x94 \x96 b \x97 c\n"


def test_a_page_stays_chosen_while_it_has_the_letters():
    document = [documents.text("Hà Tĩnh"), documents.text("Hương Khê")]
    assert encoded("tcvn", *document).count(b"\x1bt") == 1
    # Đ and â both stand on the third page: one switch, not two
    assert lines("tcvn", "Đâu").count(b"\x1bt") == 1


def test_every_letter_is_one_byte_on_the_tcvn_pages():
    out = lines("tcvn", LETTERS[:48]) + lines("tcvn", LETTERS[48:96]) + lines("tcvn", LETTERS[96:])
    assert b"\x1b*" not in out
    assert b"?" not in out


def test_what_no_page_has_is_drawn_between_the_letters():
    out = lines("tcvn", "OCOP ★ 4")
    head, rest = out.split(b"\x1b*\x21\x0c\x00")
    assert head == b"OCOP "
    assert rest[36:] == b" 4\n"
    # ★ is U+2605: the first eight columns are the bits of 05h, from top to bottom
    assert rest[:24] == (b"\x00\x00\x00" * 5) + b"\xff\xff\xff" + b"\x00\x00\x00" + b"\xff\xff\xff"
    # letters beside each other are one drawing
    assert lines("plain", "xấấx").count(b"\x1b*\x21\x18\x00") == 1


def test_larger_lines_with_a_drawn_letter_are_pictures():
    assert lines("plain", "ấ", size="large", align="center")[:11] == b"\x1ba\x01\x1dv0\x03\x02\x00\x18\x00"
    assert lines("plain", "ấ", size="tall")[:8] == b"\x1dv0\x02\x02\x00\x18\x00"
    assert lines("tcvn", "ấ", size="tall") == b"\x1b!\x10\x1bt\x1e\xca\n"


def test_styles_are_said_once():
    bold = documents.text("a", bold=True)
    out = encoded("tcvn", bold, bold, documents.text("b", "center", True, "large"), documents.text("c"))
    assert out == b"\x1b@\x1b!\x08a\na\n\x1ba\x01\x1b!\x38b\n\x1ba\x00\x1b!\x00c\n"


def test_a_long_gap_is_a_position():
    assert lines("tcvn", "a     b") == b"a\x1b$\x48\x00b\n"
    assert lines("tcvn", "a    b") == b"a    b\n"
    assert lines("tcvn", "a" + " " * 39 + "b") == b"a\x1b$\xe0\x01b\n"
    assert lines("tcvn", "a      b", size="large") == b"\x1b!\x30a\x1b$\xa8\x00b\n"
    assert lines("plain", "a     b") == b"a     b\n"
    assert lines("tcvn", "a     b", align="center") == b"\x1ba\x01a     b\n"


def test_no_text_reaches_the_printer_as_a_command():
    out = lines("tcvn", "a\x1b@\n\x1dV\x00\x10\x14\x01\x7f\x9b")
    assert out == b"a?@??V??????\n"


def test_native_qr():
    out = encoded("tcvn", documents.qr("HTTPS://OCOP.HATINH.VN/R/HT01A/12/ABCDEFGHIJ"))
    assert out == (
        b"\x1b@\x1ba\x01\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1"
        b"\x1d(k\x2f\x001P0HTTPS://OCOP.HATINH.VN/R/HT01A/12/ABCDEFGHIJ\x1d(k\x03\x001Q0"
    )


def test_drawn_qr_is_enlarged_threefold_and_doubled_by_the_printer():
    out = encoded("plain", documents.qr("OCOP"))
    first, second = b"\xe0\x00\x00\xe0", b"\x1f\xff\xff\x00"
    # 9 x 2 modules; the ninth module of the first row is the fourth byte's first bits
    assert out[:13] == b"\x1b@\x1ba\x01\x1dv0\x03\x04\x00\x06\x00"
    assert out[13:] == (b"\xe0\x00\x00\xe0") * 3 + second * 3, (first, out[13:])


def test_rule_feed_and_cut():
    out = encoded("tcvn", documents.rule(), documents.feed(), documents.feed(3), documents.cut(), columns=32)
    assert out == b"\x1b@" + b"-" * 32 + b"\n\n\x1bd\x03\x1dVB\x00"


def test_an_unknown_item_or_profile_is_refused():
    for call in (lambda: encoded("tcvn", {"kind": "melody"}), lambda: profile("tin")):
        try:
            call()
        except ValueError as error:
            assert "melody" in str(error) or "plain-58" in str(error)
        else:
            raise AssertionError("no error")


def test_dots_of_the_usual_papers():
    assert [dots(columns) for columns in (32, 42, 48)] == [384, 512, 576]


def test_a_twelve_line_receipt_is_short():
    """Twelve lines with 57 or more letters beyond ASCII, and a QR code of 165 characters."""
    goods = [
        ("Mật ong hoa rừng Hương Khê", "185.000"),
        ("Kẹo cu đơ Phong Nga, hộp lớn", "130.000"),
        ("Nước mắm nhỉ Phú Khương", "95.000"),
        ("Bưởi Phúc Trạch loại đặc biệt", "60.000"),
        ("Trà xanh Vũ Quang, hộp giấy đỏ nhỏ", "120.000"),
    ]
    items = [
        documents.text("Điểm OCOP Hương Khê", "center", True, "large"),
        documents.text("12 Trần Phú, Hà Tĩnh", "center"),
        documents.text(pair("Số HT01A-12", "23/11/2026 14:05", 48)[0]),
    ]
    items += [documents.text(pair(name, amount, 48)[0]) for name, amount in goods]
    items += [
        documents.text(pair("TỔNG CỘNG", "590.000 ₫", 48)[0], bold=True, size="tall"),
        documents.text(pair("Tiền mặt", "600.000", 48)[0]),
        documents.text(pair("Tiền thừa", "10.000", 48)[0]),
        documents.text("Cảm ơn quý khách — hẹn gặp lại", "center"),
    ]
    assert len(items) == 12
    assert len([c for item in items for c in item["text"] if c > "\x7f"]) >= 57
    items += [documents.qr("HTTPS://OCOP.HATINH.VN/" + "A" * 142), documents.cut()]
    assert len(encoded("tcvn", *items)) <= 720, len(encoded("tcvn", *items))
    assert len(encoded("plain", *items)) <= 7000, len(encoded("plain", *items))
