"""Labels: their places, TSPL and ZPL."""

from printer import labels, templates, tspl, zpl
from printer.barcodes import code128, ean13, modules, qr_modules

STAMP = "HTTPS://OCOP.HATINH.VN/S/A" + "B7" * 51 + "C/01/08934563138165/21/1000042"
TEMPLATE = """{label:50x30; cell:24}
{option:qrcode,3,m}
{if:stamp}
{code:{{stamp}}; place:right}
{end}
|"{{name}}
|^^^"{{price}}
{if:ean}
{option:ean,2,64,hri}
{code:{{ean}}}
{end}
"""
DATA = {"name": "Mật ong hoa rừng Hương Khê", "price": 185000, "ean": "893456313816", "stamp": STAMP}


def raster(text, style, width=12, height=24):
    stride = (width * len(text) + 7) // 8
    return (
        width * len(text),
        height,
        (b"\x00" * stride) * 4 + b"\xff" * stride * (height - 8) + (b"\x00" * stride) * 4,
    )


def made(data=DATA, text=TEMPLATE):
    template, errors = templates.load(text, labels.NAMES)
    assert errors == [], errors
    return labels.label(data, template)


def raises(function, *arguments):
    try:
        function(*arguments)
    except ValueError as error:
        return str(error)
    return None


def boxes(placed):
    return [(f["x"], f["y"], f["x"] + f["width"], f["y"] + f["height"]) for f in placed["fields"]]


def apart(one, other):
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_every_field_stands_on_the_label_and_none_on_another():
    for dpi in (203, 300):
        placed = labels.place(made(), dpi)
        found = boxes(placed)
        assert [field["kind"] for field in placed["fields"]] == ["qr", "text", "text", "text", "barcode"]
        for index, box in enumerate(found):
            assert box[0] >= 0 and box[1] >= 0 and box[2] <= placed["width"] and box[3] <= placed["height"]
            for other in found[:index]:
                assert apart(box, other), (box, other)


def test_dots_of_both_resolutions():
    assert [labels.place(made(), dpi)["width"] for dpi in (203, 300)] == [400, 590]
    assert [labels.place(made(), dpi)["fields"][0]["module"] for dpi in (203, 300)] == [3, 4]
    assert "203" in raises(labels.place, made(), 600)


def test_codes_keep_their_margin():
    for dpi in (203, 300):
        placed = labels.place(made(), dpi)
        qr, bars = placed["fields"][0], placed["fields"][-1]
        assert qr["x"] + qr["width"] + 4 * qr["module"] <= placed["width"]
        for field in placed["fields"][1:-1]:
            assert field["x"] + field["width"] + 4 * qr["module"] <= qr["x"]
        assert bars["x"] >= 11 * bars["module"]


def test_what_is_too_long_is_set_smaller_then_cut():
    long = dict(DATA)
    long["name"] = "Mật ong hoa rừng Hương Khê thượng hạng " * 12
    placed = labels.place(made(long), 203)
    texts = [field for field in placed["fields"] if field["kind"] == "text"]
    assert texts[0]["cell"] == (8, 16)
    assert [text for text in texts if text["runs"][-1][0].endswith("…")] != []
    assert placed["fields"][-1]["bars"] >= 40
    small = "{label:20x10; cell:16}\n{option:qrcode,3,m}\n{code:{{stamp}}}"
    assert "20 x 10" in raises(labels.place, made(DATA, small), 203)


def test_tspl_has_native_codes_and_bitmaps():
    out = tspl.encode(made(), 203, 5, raster)
    assert out.startswith(b"SIZE 50 mm,30 mm\r\nGAP 2 mm,0 mm\r\nDIRECTION 1\r\nCLS\r\nQRCODE ")
    assert (',M,3,A,0,M2,"' + STAMP + '"\r\n').encode() in out
    assert b'"EAN13",64,2,0,2,2,"8934563138165"\r\n' in out
    assert out.endswith(b"PRINT 5\r\n")
    head, data = out.split(b"BITMAP ")[1].split(b",1,", 1)
    _x, _y, stride, height = [int(part) for part in head.split(b",")]
    assert height == 16 and data[: stride * height] == b"\x00" * stride * height  # 0 is black
    assert b"?" not in out


def test_dots_are_no_commands_that_are_obeyed_at_once():
    def dots(text, style, width=12, height=24):
        return 16, 8, b"\xe4\xde" * 8  # white is 1: ESC !

    out = tspl.encode(made({"name": "a"}, "{label:50x30}\n|{{name}}"), 203, 1, dots)
    assert b"\x1b!" not in out and b"\x13!\x13!" in out


def test_quotes_cannot_end_a_tspl_text():
    text = "{label:50x30}\n{option:code128}\n{code:{{name}}}"
    out = tspl.encode(made({"name": 'a"\r\nPRINT 9'}, text), 203, 1, raster)
    assert b'"a\\["] PRINT 9"\r\n' in out


def test_labels_beside_each_other():
    text = "{label:22x22; across:3; gap:3; cell:18}\n|{{name}}"
    document = made({"name": "Mật ong"}, text)
    out = tspl.encode(document, 203, 8, raster)
    assert out.startswith(b"SIZE 72 mm,22 mm\r\nGAP 3 mm")
    assert out.count(b"BITMAP") == 5 and out.count(b"CLS") == 2
    assert b"PRINT 2\r\n" in out and out.endswith(b"PRINT 1\r\n")
    assert labels.rows(3, 3) == [(3, 1)] and labels.rows(2, 3) == [(2, 1)]
    zebra = zpl.encode(document, 203, 8, raster).decode()
    assert zebra.count("^GFA") == 5 and zebra.count("^XA") == 2 and "^PQ2^XZ^XA" in zebra
    assert raises(labels.rows, 0, 1)


def test_zpl_has_native_codes_and_one_graphic():
    out = zpl.encode(made(), 203, 3, raster).decode()
    assert out.startswith("^XA^PW400^LL240^LH0,0^FO") and out.endswith("^PQ3^XZ")
    assert out.count("^GFA") == 1
    assert "^BQN,2,3^FDMA," + STAMP + "^FS" in out
    assert "^BY2^BEN,64,Y,N^FD893456313816^FS" in out
    odd = zpl.encode(
        made({"name": "a^b~c_d"}, "{label:50x30}\n{option:code128}\n{code:{{name}}}"), 203, 1, raster
    )
    assert b"^FH^FDa_5Eb_7Ec_5Fd^FS" in odd


def test_zpl_repetition_counts():
    def plain(text, stride):
        """Unpack as Zebra's programming guide tells."""
        rows, row, times = [], "", 0
        for c in text:
            if "G" <= c <= "Y":
                times += ord(c) - ord("F")
            elif "g" <= c <= "z":
                times += 20 * (ord(c) - ord("f"))
            elif c == ",":
                row += "0" * (stride * 2 - len(row))
            elif c == ":":
                rows.append(rows[-1])
            else:
                row += c * (times or 1)
                times = 0
            if len(row) == stride * 2:
                rows.append(row)
                row = ""
        assert row == ""
        return bytes.fromhex("".join(rows))

    samples = [
        (b"\x00" * 12, 4),
        (b"\xff" * 12, 6),
        (bytes(range(64)), 8),
        (b"\x0f" + b"\xaa" * 250 + b"\x01", 252),
    ]
    samples.append((b"\x12\x34" + b"\x12\x34" + b"\xf0\x00" + b"\x0f\xff", 2))
    for data, stride in samples:
        assert plain(zpl.counted(data, stride), stride) == data


def test_the_smallest_packing_is_taken():
    with_deflate = zpl.encode(made(), 203, 1, raster, lambda data: b"x" * 30)
    assert b":Z64:eHh4" in with_deflate
    assert zpl.encode(made(), 203, 1, raster, lambda data: b"x" * 90000) == zpl.encode(made(), 203, 1, raster)


def test_check_digits_and_bars():
    assert ean13("893456313816") == "8934563138165"
    for wrong in ("8934563138160", "12", "89345631381x", "89345631381６"):
        assert raises(ean13, wrong)
    bars = modules("ean13", "4006381333931")  # the sample of EN 797's readers: Stabilo
    assert (
        bars
        == "10100011010100111010111101111010001001011001101010100001010000101000010111010010000101100110101"
    )
    assert code128("12345678") == [105, 12, 34, 56, 78]
    assert code128("A123456") == [104, 33, 99, 12, 34, 56]
    assert code128("12345") == [104, 17, 99, 23, 45]
    assert len(modules("code128", "AB")) == 11 * 4 + 13


def test_sizes_of_qr_codes():
    assert qr_modules("OCOP") == 21
    assert qr_modules(STAMP) == 45
    assert qr_modules("x" * 213) == 57
    assert raises(qr_modules, "x" * 214)


def test_unknown_fields_and_missing_sizes_are_told():
    assert "colour" in raises(labels.fields, {"colour": "red"})
    assert "label" in raises(made, {}, "|{{name}}")
    assert "3" in raises(made, {"ean": "1"}, "{label:50x30}\n{option:ean}\n{code:{{ean}}}")
