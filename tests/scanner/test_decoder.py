import numpy as np
import pytest
import zxingcpp

from config.exits import USAGE, CommandError
from scanner.host import decoder, readings
from scanner.host.vision import Picture

DRAWN = (
    ("xin chào", "QRCode", "QR", "xin chào"),
    ("8931234567897", "EAN13", "EAN13", "8931234567897"),
    ("96385074", "EAN8", "EAN8", "96385074"),
    ("036000291452", "UPCA", "UPCA", "036000291452"),
    ("0127890", "UPCE", "UPCE", "0012000007897"),
    ("HT01A-12", "Code128", "CODE128", "HT01A-12"),
    ("dm", "DataMatrix", "DATAMATRIX", "dm"),
)


def draw(text: str, kind: str, scale: int = 3, **options: bool) -> Picture:
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind), **options)
    return np.pad(np.array(code.to_image(scale=scale)), 30, constant_values=255)


def found(name: str, picture: Picture) -> list[tuple[str, str]]:
    return [(code["symbology"], code["text"]) for code in decoder.stills(name)(picture)]


@pytest.mark.parametrize(("text", "kind", "symbology", "read"), DRAWN)
def test_every_symbology(text, kind, symbology, read):
    picture = draw(text, kind)
    assert found("best", picture) == [(symbology, read)]
    assert found("best", np.rot90(picture).copy()) == [(symbology, read)]
    assert decoder.frames()(picture)[0]["text"] == read
    assert symbology in readings.SYMBOLOGIES


READ_BY = {
    "zxing-cpp": {"QR", "EAN13", "EAN8", "UPCA", "UPCE", "CODE128", "DATAMATRIX"},
    "pyzbar": {"QR", "EAN13", "EAN8", "UPCA", "UPCE", "CODE128"},
    "opencv": {"QR", "EAN13", "UPCA"},
    "tapirscan": {"EAN13", "EAN8", "UPCA", "UPCE", "CODE128"},
}


@pytest.mark.parametrize("name", READ_BY)
def test_each_library_reads_what_it_can(name):
    for text, kind, symbology, read in DRAWN:
        if kind == "QRCode":
            text = read = "OCOP"  # zbar guesses at the characters of short texts in UTF-8
        picture = draw(text, kind, scale=2 if name == "opencv" else 4)  # OpenCV finds no large bars
        assert found(name, picture) == ([(symbology, read)] if symbology in READ_BY[name] else []), symbology


@pytest.mark.parametrize("name", ["best", *READ_BY])
def test_corners_go_clockwise_around_the_code(name, photograph, stamp_text):
    if name == "tapirscan":
        picture, box = draw("8931234567897", "EAN13"), (25, 20, 355, 185)
    elif name == "opencv":  # does not find so fine a code as a stamp's
        picture, box = draw("OCOP", "QRCode", scale=4), (40, 40, 135, 135)
    else:
        picture, box = photograph(stamp_text(12345)), (160, 70, 460, 370)
    (code,) = decoder.stills(name)(picture)
    points = np.array(code["points"])
    assert points.shape == (4, 2)
    assert (points >= box[:2]).all()
    assert (points <= box[2:]).all()
    if name != "pyzbar":  # whose corners start anywhere
        x, y = points.T
        assert (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0


def test_an_unknown_reader_is_said():
    with pytest.raises(CommandError, match="best, zxing-cpp, pyzbar, opencv, tapirscan") as caught:
        decoder.stills("magic")
    assert caught.value.code == USAGE
    with pytest.raises(CommandError):
        decoder.frames("magic")


def test_all_codes_in_view_are_reported(photograph, stamp_text):
    both = np.hstack([photograph(stamp_text(1)), photograph(stamp_text(2))])
    assert set(found("best", both)) == {("QR", stamp_text(1)), ("QR", stamp_text(2))}
    mixed = photograph(stamp_text(3))
    code = draw("8931234567897", "EAN13", scale=2)[20:100]
    mixed[380 : 380 + code.shape[0], 200 : 200 + code.shape[1]] = code
    assert set(found("best", mixed)) == {("QR", stamp_text(3)), ("EAN13", "8931234567897")}


@pytest.mark.parametrize("name", ["best", *READ_BY])
def test_nothing_to_read(name):
    read = decoder.stills(name)
    for shape in ((480, 640), (8, 8), (1, 1), (1, 5000), (9, 5000), (0, 0)):
        assert read(np.full(shape, 200, np.uint8)) == []
    noise = np.random.default_rng(7).integers(0, 256, (480, 640)).astype(np.uint8)
    assert read(noise) == []
    assert read(np.zeros((40, 40, 3), np.uint8)) == []  # not grey: a caller's mistake, no crash


def test_gs1_symbols_say_so_by_fnc1():
    for kind in ("DataMatrix", "Code128"):
        picture = draw("(01)08931234567897(10)A1", kind, scale=4, gs1=True)
        assert [text for _, text in found("best", picture)] == ["\x1d010893123456789710A1"]
