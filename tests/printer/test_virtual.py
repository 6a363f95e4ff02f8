"""The virtual printer: an independent reader, which must not believe everything."""

import ast
import os
import random
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from printer import barcodes, documents, escpos, profiles
from printer.host import jobs, paper, virtual
from printer.host.raster import cell, raster

READERS = sorted(Path(virtual.__file__).parent.glob("virtual*.py"))


def lines(data, dots=576):
    return virtual.read(data, dots).lines


def found(image):
    """Every code that a reader of pictures sees, as (kind, text)."""
    return sorted((code.format.name, code.text) for code in zxingcpp.read_barcodes(image.convert("L")))


@pytest.mark.parametrize("file", READERS, ids=lambda file: file.stem)
def test_it_knows_nothing_of_our_encoder(file):
    tree = ast.parse(file.read_text())
    ours = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("printer")
        for alias in node.names
    }
    known = {f"printer.host.{reader.stem}" for reader in READERS} | {
        "printer.host.raster",
        "printer.host.paper",
    }
    assert {name for name in ours if not any(name.startswith(one) for one in known)} == set()


# ESC/POS


def test_pages_as_the_database_has_them():
    assert lines(b"\x1bt\x1eM\xcbt ong\n") == ["Mật ong"]
    assert lines(b"\x1bt\x1f\xa7\xbe\n") == ["ĐẮ"]
    assert lines(b"\x1bt\x34\xfe \x97\n") == ["₫ —"]
    assert lines(b"\x80\x1bt\x10\x80\n") == ["Ç€"]  # CP437, then Windows-1252


def test_utf8_once_it_is_chosen():
    assert lines("\x1b@\x1c(C\x02\x0002Mật ong — 5 ₫\n".encode()) == ["Mật ong — 5 ₫"]
    assert lines("\x1c(C\x02\x0002ậ\x1b@\n".encode())[0] != "ậ"  # ESC @ ends it, with the line


def test_letters_that_it_is_taught():
    """ESC &: 12 columns of 3 bytes; ESC % chooses between them and the printer's own; ESC ? and ESC @ forget."""
    ink = b"\xff\xff\xff" * 10
    taught = b"\x1b&\x03AB\x0a" + ink + b"\x02\x00\xff\x00\x00\xff\x00"
    reading = virtual.read(b"\x1b@" + taught + b"AB\x1b%\x01AB\x1b?AAB\x1b%\x00B\n")
    assert reading.lines == ["AB" + "\ufffc\ufffc" + "A\ufffc" + "B"] and reading.problems == []
    left = paper.MARGIN + 24
    drawn = reading.paper.crop((left, paper.MARGIN, left + 24, paper.MARGIN + 24))
    wanted = Image.new("1", (24, 24), 255)
    wanted.paste(0, (0, 0, 10, 24))
    wanted.paste(0, (12, 8, 14, 16))
    assert drawn.tobytes() == wanted.tobytes()
    assert lines(b"\x1b@" + taught + b"\x1b%\x01A\n\x1b@\x1b%\x01A\n") == ["\ufffc", "A"]


def test_where_letters_stand():
    """Alignment, margins, absolute and relative places, tabs, spacing, sizes: by the dots on the paper."""
    cases = {
        b"A\n": 0,
        b"\x1ba\x01A\n": 282,
        b"\x1ba\x02A\n": 564,
        b"\x1b$\x64\x00A\n": 100,
        b"\x1b$\x64\x00\x1b\\\xf6\xffA\n": 90,
        b"\tA\n": 96,
        b"\x1bD\x04\x0a\x00\t\tA\n": 120,
        b"\x1dL\x20\x00A\n": 32,
        b"\x1dW\x64\x00\x1ba\x02A\n": 88,
        b"\x1b \x05  A\n": 34,
        b"\x1d!\x10 \x1d!\x00A\n": 24,
        b"\x1b!\x01 \x1b!\x00A\n": 9,
    }
    for data, x in cases.items():
        reading = virtual.read(b"\x1b@" + data)
        ink = reading.paper.convert("L").point([255] + [0] * 255).getbbox()
        assert ink[0] - paper.MARGIN == x + cell("A").getbbox()[0], data
        assert reading.problems == []


def test_how_letters_look():
    plain = virtual.read(b"A\n").paper
    for style in (
        b"\x1bE\x01",
        b"\x1bG\x01",
        b"\x1b!\x08",
        b"\x1b-\x01",
        b"\x1d!\x11",
        b"\x1dB\x01",
        b"\x1bM\x01",
    ):
        styled = virtual.read(style + b"A\n")
        assert styled.problems == [] and styled.lines == ["A"]
        assert styled.paper.tobytes() != plain.tobytes(), style
    big = virtual.read(b"\x1d!\x21A\n").paper  # three times as wide, twice as high
    box = big.convert("L").point([255] + [0] * 255).getbbox()
    own = cell("A").getbbox()
    assert (box[2] - box[0], box[3] - box[1]) == (3 * (own[2] - own[0]), 2 * (own[3] - own[1]))


def test_too_long_a_line_is_wrapped_as_printers_do():
    assert lines(b"x" * 50 + b"\n") == ["x" * 48, "xx"]
    assert lines(b"x" * 33 + b"\n", 384) == ["x" * 32, "x"]


def random_drawing(width, height):
    chance = random.Random(width * 1000 + height)
    return bytes(chance.randrange(256) for _ in range((width + 7) // 8 * height))


def test_dots_by_every_command():
    """The same picture by GS v 0, by GS ( L, and by ESC * in columns."""
    rows = random_drawing(48, 24)
    image = Image.frombytes("1", (48, 24), rows)
    bits = image.load()
    columns = bytes(
        sum((1 if bits[x, y + part * 8] else 0) << (7 - y) for y in range(8))
        for x in range(48)
        for part in range(3)
    )
    graphics = b"\x1d(L" + (10 + len(rows)).to_bytes(2, "little") + b"0p0\x01\x011\x30\x00\x18\x00" + rows
    ways = {
        "GS v 0": b"\x1dv0\x00\x06\x00\x18\x00" + rows,
        "GS ( L": graphics + b"\x1d(L\x02\x0002",
        "GS 8 L": b"\x1d8L" + (10 + len(rows)).to_bytes(4, "little") + graphics[5:] + b"\x1d(L\x02\x0002",
        "ESC *": b"\x1b*\x21\x30\x00" + columns + b"\n",
    }
    for name, data in ways.items():
        reading = virtual.read(data)
        assert reading.problems == [], name
        assert [picture.tobytes() for picture in reading.pictures] == [rows], name
        box = (paper.MARGIN, paper.MARGIN, paper.MARGIN + 48, paper.MARGIN + 24)
        assert reading.paper.crop(box).point(lambda value: 255 - value).tobytes() == rows, name
    eight = virtual.read(b"\x1b*\x00\x08\x00" + bytes(range(8)) + b"\n")
    assert eight.pictures[0].size == (8, 8) and eight.problems == []


@pytest.mark.parametrize("level", [b"0", b"1", b"2", b"3"])
@pytest.mark.parametrize("text", ["HTTPS://OCOP.HATINH.VN/R/HT01A/12/K7Q2MZ4XWD", "Mật ong 100 %"])
def test_qr_codes_read_back(text, level):
    data = text.encode()
    job = b"\x1ba\x01\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x05\x1d(k\x03\x001E" + level
    job += b"\x1d(k" + (len(data) + 3).to_bytes(2, "little") + b"1P0" + data + b"\x1d(k\x03\x001Q0"
    reading = virtual.read(job)
    assert reading.problems == [] and reading.codes == [text]
    assert found(reading.paper) == [("QRCode", text)]


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        (b"\x1dkC\x0d8934563138165", "EAN13", "8934563138165"),
        (b"\x1dk\x028934563138165\x00", "EAN13", "8934563138165"),
        (b"\x1dkC\x0c893456313816", "EAN13", "8934563138165"),  # the printer adds the check digit
        (b"\x1dkD\x0896385074", "EAN8", "96385074"),
        (b"\x1dkE\x06OCOP-1", "Code39", "OCOP-1"),
        (b"\x1dkI\x09{BOCOP-12", "Code128", "OCOP-12"),
        (b"\x1dkI\x08{BAB{C\x0c\x22", "Code128", "AB1234"),
        (b"\x1dkI\x06{ACODE", "Code128", "CODE"),
        (b"\x1dkI\x06{B{{a1", "Code128", "{a1"),
    ],
)
def test_barcodes_read_back(data, kind, text):
    reading = virtual.read(b"\x1ba\x01\x1dh\x50\x1dw\x02\x1dH\x02" + data)
    assert reading.problems == []
    assert found(reading.paper) == [(kind, text)]


def test_the_end_of_a_slip():
    reading = virtual.read(b"a\n\x1dVB\x00\x1dV\x00\x1bi\x1bm\x1dV1\x1bp\x00\x19\xfa\x10\x14\x01\x00\x02")
    assert (reading.cuts, reading.pulses, reading.problems) == (5, 2, [])


def test_questions_and_settings_print_nothing():
    quiet = (
        b"\x10\x04\x01\x1dr\x01\x1dI\x42\x1da\x0e\x1b=\x01\x1bc5\x00\x1bc3\x04\x1c.\x1d(H\x06\x0000OCOP\x00\r"
    )
    reading = virtual.read(b"a" + quiet + b"\n")
    assert (reading.lines, reading.problems) == (["a"], [])


def test_unknown_things_are_told():
    cases = {
        b"\x1bz\n": "unknown command 1b 7a at byte 0",
        b"\x1bc1\n": "unknown command 1b 63 31 at byte 0",
        b"\x1dZ\n": "unknown command 1d 5a at byte 0",
        b"ab\x07\n": "unknown control code 07 at byte 2",
        b"\x1bt\x1e\xa1\n": "code a1 has no letter on this page at byte 3",
        b"\x1bt\xc8\n": "code page 200 is not known at byte 3",
        b"\x1c(C\x02\x0002\xff\xff\xff\xff\n": "code ff has no letter on this page at byte 7",
        b"\x1d(k\x03\x001Z\x00": "unknown QR function 31 5a at byte 8",
        b"\x1d(k\x03\x000A\x00": "unknown function GS ( k 30 41 at byte 8",
        b"\x1d(L\x02\x0001": "unknown function GS ( L 30 31 at byte 7",
        b"\x1c(E\x02\x0001": "unknown function FS ( E 30 31 at byte 7",
        b"\x1bR\x02": "only the USA's set of letters is known at byte 3",
        b"\x1dV\x07": "GS V has no kind 7 at byte 3",
        b"\x1b*\x05\x01\x00\x00\n": "ESC * has no kind 5 at byte 5",
        b"\x1b&\x02AA\x00": "ESC & defines letters of 24 dots, 32 to 126 at byte 2",
        b"abc": "the bytes end inside a line at byte 3",
        b"\x1b": "the bytes end inside a command at byte 2",
        b"\x1b*\x21\x05\x00\x00": "the bytes end inside a command at byte 20",
        b"a\x1dv0\x00\x01\x00\x01\x00\xff\n": "a picture in the middle of a line at byte 10",
        b"a\x1ba\x01\n": "ESC a in the middle of a line does nothing at byte 3",
        b"\x1dv0\x00\x49\x00\x01\x00" + b"\xff" * 73: "a picture of 584 dots on paper of 576 at byte 81",
        b"\x1dkC\x0d8934563138160": "8934563138160 has a wrong check digit at byte 17",
        b"\x1dkC\x03893": "'893' is no ean13 at byte 7",
        b"\x1dkI\x03abc": "Code 128 has to begin with a code set at byte 7",
        b"\x1dkI\x04{C\x70\x01": "code set C has pairs of digits only at byte 8",
        b"\x1dkH\x01a": "barcodes of kind GS k 72 are not drawn at byte 5",
    }
    for data, problem in cases.items():
        assert virtual.read(data).problems == [problem], data


def test_no_stream_of_bytes_breaks_it():
    chance = random.Random(5)
    pieces = [
        b"\x1b",
        b"\x1d",
        b"\x1c(",
        b"\x1d(k",
        b"\x1d(L",
        b"\x1b&",
        b"\x1b*",
        b"\x1dv0",
        b"\x1dk",
        b"\x10\x14",
        b"\n",
    ]
    for _ in range(1500):
        data = b"".join(
            chance.choice(pieces) if chance.random() < 0.4 else chance.randbytes(chance.randrange(9))
            for _ in range(9)
        )
        virtual.read(data, 384)
        virtual.read(b"SIZE 30 mm,20 mm\r\nCLS\r\n" + data + b"\r\nPRINT 1\r\n")


# TSPL

HEAD = b"SIZE 50 mm,30 mm\r\nGAP 2 mm,0 mm\r\nDIRECTION 1\r\nCLS\r\n"


def label(commands, dpi=203, end=b"PRINT 1\r\n"):
    return virtual.read(HEAD + commands + end, dpi=dpi)


def test_a_label_is_as_large_as_it_says():
    assert [image.size for image in label(b"").labels] == [(400, 240)]
    assert [image.size for image in label(b"", 300).labels] == [(591, 354)]
    inches = virtual.read(b"SIZE 2,1\r\nCLS\r\nPRINT 2,3\r\n")
    assert [image.size for image in inches.labels] == [(406, 203)] * 6


def test_cls_begins_a_new_label():
    reading = label(b'TEXT 8,8,"3",0,1,1,"one"\r\nPRINT 1\r\nCLS\r\nTEXT 8,8,"3",0,2,2,"two"\r\n')
    assert reading.lines == ["one", "two"] and reading.problems == []
    assert reading.labels[0].tobytes() != reading.labels[1].tobytes()


def test_codes_of_a_label_read_back():
    reading = label(
        b'QRCODE 20,40,M,4,A,0,M2,"HTTPS://OCOP.HATINH.VN/01/08931234567019"\r\n'
        b'BARCODE 170,60,"EAN13",60,2,0,2,2,"8934563138165"\r\n'
    )
    assert reading.problems == []
    assert found(reading.labels[0]) == [
        ("EAN13", "8934563138165"),
        ("QRCode", "HTTPS://OCOP.HATINH.VN/01/08931234567019"),
    ]
    assert found(label(b'BARCODE 40,60,"128",60,0,0,2,2,"OCOP {12"\r\n').labels[0]) == [
        ("Code128", "OCOP {12")
    ]


def test_a_picture_is_black_where_its_bits_are_0():
    rows = random_drawing(24, 10)
    # The bytes of a picture may hold a line's end, a command or a comma.
    rows = b"\r\nPRINT," + rows[8:]
    reading = label(b"BITMAP 16,8,3,10,1," + rows + b"\r\nBAR 100,100,50,4\r\nBOX 200,100,260,150,3\r\n")
    assert reading.problems == []
    assert reading.labels[0].crop((16, 8, 40, 18)).tobytes() == rows
    assert reading.labels[0].crop((100, 100, 150, 104)).getbbox() is None
    assert [reading.labels[0].getpixel(at) for at in ((200, 120), (230, 120))] == [0, 255]


def test_quotes_inside_of_texts():
    assert label(b'TEXT 0,0,"3",0,1,1,"a \\["]b\\["], c"\r\n').lines == ['a "b", c']


def test_unknown_things_on_labels_are_told():
    cases = {
        b"DOTTY 1\r\n": "unknown command DOTTY at byte 51",
        b'TEXT 0,0,"9",0,1,1,"a"\r\n': "TEXT: font '9' turned by 0 is not drawn at byte 51",
        'TEXT 0,0,"3",0,1,1,"ậ"\r\n'.encode(): "TEXT: the printer's font 3 has no Vietnamese letters at byte 51",
        b"BITMAP 0,0,9,90,1,abc": "BITMAP: the bytes end inside a picture at byte 51",
        b"BAR 0,0\r\n": "BAR: not enough values to unpack (expected 4, got 2) at byte 51",
        b"SIZE wide,30 mm\r\n": "SIZE: 'wide' is no length at byte 51",
        b"BAR 390,0,40,8\r\n": "40 x 8 dots at 390, 0 leave the label at byte 65",
        b"PRI": "the bytes end inside a command at byte 51",
        b'BARCODE 0,0,"EAN13",60,0,0,2,2,"8934563138160"\r\n': "BARCODE: 8934563138160 has a wrong check digit at byte 51",
    }
    for data, problem in cases.items():
        assert label(data, end=b"").problems == [problem], data


def test_zpl_is_kept_and_said_to_be_unread():
    reading = virtual.read(b"^XA^FO0,0^FDa^FS^XZ")
    assert len(reading.problems) == 1 and "ZPL" in reading.problems[0]


# Everything that we print


@pytest.mark.parametrize(
    ("profile", "columns"),
    [
        ("tcvn", 48),
        ("tcvn", 42),
        ("plain", 48),
        ("plain-58", 32),
        ("plain+glyphs+qr", 48),
        ("plain+utf8+qr", 48),
    ],
)
def test_the_qr_code_reads_back_from_every_receipt(sale, profile, columns):
    for url in (sale["check_url"], "HTTPS://OCOP.HATINH.VN/" + "A" * 142):
        job = jobs.Job("", "receipt", 1, profile, columns, dict(sale, check_url=url))
        reading = virtual.read(jobs.encode(job), profiles.dots(columns))
        assert reading.problems == [] and reading.cuts == 1
        assert found(reading.paper) == [("QRCode", url)]


@pytest.mark.parametrize("name", sorted(profiles.PROFILES))
def test_both_qr_codes_read_back_where_the_receipt_asks_for_a_transfer(sale, name):
    pay = "00020101021238570010A00000072701270006970436011301234567890120208QRIBFTTA53037045406320000"
    pay += "5802VN62150811HT01A 10426304ABCD"
    sale["payments"], sale["vietqr"] = [{"kind": "vietqr", "amount": 320000}], pay
    reading = virtual.read(
        jobs.encode(jobs.Job("", "receipt", 1, name, data=sale)), profiles.profile(name)["dots"]
    )
    assert sorted(found(reading.paper)) == sorted([("QRCode", pay), ("QRCode", sale["check_url"])])


@pytest.mark.parametrize("profile", ["tcvn", "plain"])
@pytest.mark.parametrize("kind", ["ean13", "code128"])
def test_barcodes_of_documents_read_back(profile, kind):
    text = "8934563138165" if kind == "ean13" else "OCOP-12 / ab 345678"
    page = documents.document(48)
    page["items"].append(documents.barcode(text, kind))
    reading = virtual.read(escpos.encode(page, profiles.profile(profile), raster))
    assert reading.problems == []
    assert found(reading.paper) == [("EAN13" if kind == "ean13" else "Code128", text)]


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("size", ["35x22", "40x30", "50x30", "72x22"])
@pytest.mark.parametrize("kind", ["product", "shelf"])
def test_codes_of_every_label_read_back(kind, size, dpi):
    stamp = "HTTPS://OCOP.HATINH.VN/01/08931234567019/21/1000042"
    ean = barcodes.check("ean13", "893456313816")
    data = {"kind": kind, "name": "Mật ong hoa rừng Hương Khê 500 ml", "producer": "HTX Mật ong Phúc Trạch"}
    data |= (
        {"price": 185000, "ean": ean}
        if kind == "shelf"
        else {"stamp": stamp, "lot": "L1", "expires": "2027-11-01"}
    )
    job = jobs.Job("", "label", data=data, size=size, dpi=dpi, count=2)
    reading = virtual.read(jobs.encode(job), dpi=dpi)
    wanted = [("EAN13", ean) if kind == "shelf" else ("QRCode", stamp)] * 2
    if (kind, size) == ("shelf", "72x22"):
        wanted = []  # three beside each other are too narrow for an EAN-13
    assert reading.problems == []
    assert [code for image in reading.labels for code in found(image)] == wanted


def test_a_label_on_receipt_paper(sale):
    data = {"kind": "shelf", "name": "Mật ong", "price": 185000, "ean": "8934563138165"}
    job = jobs.Job("", "label", data=data, language="escpos", count=2)
    reading = virtual.read(jobs.encode(job))
    assert reading.problems == [] and reading.cuts == 2
    assert found(reading.paper) == [("EAN13", "8934563138165")] * 2


def test_files_are_numbered_and_never_overwritten(tmp_path):
    folder = tmp_path / "papers"
    first, _ = virtual.save(b"a\n", folder, 576)
    second, _ = virtual.save(b"b\n", folder, 576)
    assert [path.name for path in first + second] == [
        "receipt-0001.bin",
        "receipt-0001.png",
        "receipt-0002.bin",
        "receipt-0002.png",
    ]
    assert first[0].read_bytes() == b"a\n"
    assert sorted(os.listdir(folder)) == sorted(path.name for path in first + second)
    first[0].unlink()
    first[1].unlink()
    third, problems = virtual.save(b"\x1bz", folder, 576)
    assert third[0].name == "receipt-0003.bin"
    assert problems == ["unknown command 1b 7a at byte 0"]
    with Image.open(third[1]) as picture:
        assert picture.width == 576 + 2 * virtual.MARGIN


def test_a_name_that_a_failing_disk_left_is_never_written_through(tmp_path):
    """The paper was linked, and its other name could not be removed: the next paper is another one."""
    (first, _), _ = virtual.save(b"a\n", tmp_path, 576)
    os.link(first, tmp_path / f".receipt-{os.getpid()}.tmp")
    (second, _), _ = virtual.save(b"b\n", tmp_path, 576)
    assert (first.read_bytes(), second.read_bytes()) == (b"a\n", b"b\n")
