"""Bytes of ESC/POS, against the command reference."""

from printer import documents
from printer.escpos import encode, job
from printer.profiles import dots, profile
from printer.vietnamese import LETTERS


def raster(text, style, width=12, height=24):
    """Dots that tell what was asked for: every row of a letter is its code and zeros."""
    if style[:2] == "qr":
        return 9, 2, b"\x80\x80\x7f\x00"
    row = 0
    for letter in text:
        row = row << width | (ord(letter) & 255) << (width - 8)
    stride = (width * len(text) + 7) // 8
    row <<= stride * 8 - width * len(text)
    return width * len(text), height, row.to_bytes(stride, "big") * height


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
    # ★ is U+2605: the first eight columns are the bits of 05h, from left to right
    assert rest[:24] == (b"\x00\x00\x00" * 5) + b"\xff\xff\xff" + b"\x00\x00\x00" + b"\xff\xff\xff"
    # letters beside each other are one drawing
    assert lines("plain", "xấấx").count(b"\x1b*\x21\x18\x00") == 1


def test_larger_lines_with_a_drawn_letter_are_pictures():
    assert lines("plain", "ấ", size="large", align="center")[:11] == b"\x1ba\x01\x1dv0\x03\x02\x00\x18\x00"
    assert lines("plain", "ấ", size="tall") == b"\x1dv0\x02\x02\x00\x18\x00" + b"\xa5\x00" * 24 + b"\x1bJ\x06"
    assert lines("tcvn", "ấ", size="tall") == b"\x1b!\x10\x1bt\x1e\xca\n"


def test_a_printer_that_cannot_enlarge_gets_larger_dots():
    out = lines("plain+nozoom", "ấ", size="tall")
    assert out == b"\x1dv0\x00\x02\x00\x30\x00" + b"\xa5\x00" * 48 + b"\x1bJ\x06"


def test_letters_for_one_job_stand_on_the_longest_rows_of_codes():
    text = "".join(LETTERS[:20])
    once, kept = lines("plain+glyphs", "!#%')" + text), lines("plain+glyphs+keeps", "!#%')" + text)
    assert once.count(b"\x1b&\x03") == 1 < kept.count(b"\x1b&\x03")


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
    out = lines("tcvn", "a\x1b@\r\x1dV\x00\x10\x14\x01\x7f\x9bz")
    assert out == b"a @  V\x1b$\x90\x00z\n"


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
        documents.pair("Số HT01A-12", "23/11/2026 14:05"),
    ]
    items += [documents.pair(name, amount) for name, amount in goods]
    items += [
        documents.pair("TỔNG CỘNG", "590.000 ₫", bold=True, size="tall"),
        documents.pair("Tiền mặt", "600.000"),
        documents.pair("Tiền thừa", "10.000"),
        documents.text("Cảm ơn quý khách — hẹn gặp lại", "center"),
    ]
    assert len(items) == 12
    runs = [run for item in items for _, cell in item["cells"] for run in cell]
    assert len([c for run in runs for c in run[0] if c > "\x7f"]) >= 57
    items += [documents.qr("HTTPS://OCOP.HATINH.VN/" + "A" * 142), documents.cut()]
    assert len(encoded("tcvn", *items)) <= 720, len(encoded("tcvn", *items))
    assert len(encoded("plain", *items)) <= 7000, len(encoded("plain", *items))
    document = documents.document(48)
    document["items"] += items
    taught = profile("plain+glyphs+qr+positions")
    first, held = job(document, taught, raster, {})
    second, same = job(document, taught, raster, held)
    # every letter of this font has ten columns with ink; tests/printer/test_letters.py has the real one
    assert len(first) <= 1900, len(first)
    assert len(second) <= 700, len(second)
    assert held == same and len(held["letters"]) == 33


def test_letters_are_taught_once_and_kept():
    taught = profile("plain+glyphs")
    document = documents.document(48)
    document["items"] += [documents.text("Mật ong"), documents.text("ật", "center", True, "large")]
    first, held = job(document, taught, raster, {})
    assert sorted(held["letters"]) == ["ậ"] and held["marks"] == ""
    code = bytes((held["letters"]["ậ"],))
    assert first.startswith(b"\x1b@\x1b%\x01\x1b&\x03" + code + code)
    assert b"M" + code + b"t ong\n" in first and b"\x1b!\x38" + code + b"t\n" in first
    second, same = job(document, taught, raster, held)
    assert same == held
    lines = b"M" + code + b"t ong\n\x1ba\x01\x1b!\x38" + code + b"t\n"
    assert second == b"\x1b!\x00\x1ba\x00\x1b%\x01" + lines + b"\x1b%\x00"


def test_marks_stand_around_the_definitions_and_name_the_letters():
    keeps = profile("plain+glyphs+keeps")
    document = documents.document(48)
    document["items"].append(documents.text("ậ"))
    first, held = job(document, keeps, raster, {})
    marks = held["marks"].encode()
    assert len(marks) == 4

    def mark(name):
        return b"\x1d(L\x0c\x000S0" + name + b"\x01\x01\x00\x01\x001\x80"

    before, definition, behind = first.partition(b"\x1b&\x03[[")
    assert before.endswith(mark(marks[:2])) and definition and mark(marks[2:]) in behind
    again, same = job(document, keeps, raster, held)
    assert same == held and b"\x1d(L" not in again and b"\x1b@" not in again
    document["items"].append(documents.text("ắ"))
    more, larger = job(document, keeps, raster, held)
    assert b"\x1b@" not in more and more.count(b"\x1d(L") == 2
    assert larger["marks"][:4] == held["marks"] and len(larger["marks"]) == 8
    # after many such jobs the printer is taught from the beginning
    many = {"letters": held["letters"], "marks": "ab" * 40}
    anew, few = job(document, keeps, raster, many)
    assert anew.startswith(b"\x1b@") and len(few["marks"]) == 4


def test_dots_are_no_real_time_commands():
    dots = b"\x10\x04\x01\x10\x04\x30\x10\x05\x02\x10\x14\x02\x10"
    out = encoded("plain", documents.picture(8, len(dots), dots))
    assert b"\x18\x04\x01\x10\x04\x30\x18\x05\x02\x18\x14\x02\x10" in out


def test_a_taught_code_that_the_next_job_prints_is_given_back():
    taught = profile("plain+glyphs")
    document = documents.document(48)
    document["items"].append(documents.text("ậ"))
    _, held = job(document, taught, raster, {})
    document["items"] = [documents.text("a" + chr(held["letters"]["ậ"]) + "ậ")]
    again, moved = job(document, taught, raster, held)
    assert b"\x1b?" + bytes((held["letters"]["ậ"],)) in again
    old, new = held["letters"]["ậ"], moved["letters"]["ậ"]
    assert old != new
    assert again.endswith(b"a" + bytes((old, new)) + b"\n\x1b%\x00")


def test_more_letters_than_codes_are_taught_in_turns():
    taught = profile("plain+glyphs")
    document = documents.document(48)
    ascii_letters = "".join([chr(code) for code in range(33, 127) if chr(code) not in "#$%&*;<=>?@"])
    document["items"] += [documents.text(ascii_letters[at : at + 40]) for at in (0, 40, 80)]
    document["items"] += [documents.text(LETTERS[at : at + 10]) for at in range(0, 134, 10)]
    data, held = job(document, taught, raster, {})
    assert len(held["letters"]) == 11 and not [c for c in LETTERS[130:] if c not in held["letters"]]
    assert data.count(b"\x1b&\x03") >= 13  # a line in turn


def test_pages_of_other_countries_carry_what_they_have():
    # page 16 of this printer is Windows-1252: à, é, – and “ are there
    assert lines("Sunmi-V2", "à la “é” – ý")[2:5] == b"\x1bt\x10"
    assert b"\x1dv0" not in lines("Sunmi-V2", "à la “é” – ý")
    assert b"\x1c." in encoded("Sunmi-V2", documents.text("à"))


def test_utf8_where_it_is_proven():
    out = encoded("plain+utf8", documents.text("Mật ★"))
    assert out == b"\x1b@\x1c(C\x02\x0002" + "Mật ★".encode() + b"\n"


def test_needle_printers_get_bands_of_eight_dots():
    out = encoded("TM-U220", documents.text("ấ"), columns=40)[2:]
    assert out.startswith(b"\x1b3\x10\x1b*\x01\x0a\x00")
    assert out.count(b"\x1b*\x01") == 2 and out.endswith(b"\n\x1b2")


def test_barcodes_native_and_drawn():
    code = documents.barcode("893456313816", "ean13")
    native = b"\x1dw\x02\x1dh\x48\x1dH\x02\x1dkC\x0d8934563138165"
    assert encoded("tcvn", code) == b"\x1b@\x1ba\x01" + native
    drawn = encoded("plain", code)
    assert b"\x1dv0\x03\x0c\x00\x24\x00" in drawn and drawn.endswith(b"8934563138165\n")
    mixed = encoded("tcvn", documents.barcode("HK{2611", "code128", hri=False))
    assert mixed.endswith(b"\x1dH\x00\x1dkI\x0a{BHK{{{C\x1a\x0b")
