import zxingcpp

from scanner.host import decoder, vision
from scanner.host.vision import np


def draw(text: str, kind: str, scale: int = 3) -> vision.Picture:
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    return np.pad(np.array(code.to_image(scale=scale)), 30, constant_values=255)


def test_a_stamp_seen_by_a_camera(photograph, stamp_text):
    text = stamp_text(12345)
    (found,) = decoder.read(photograph(text))
    assert (found["symbology"], found["text"]) == ("QR", text)
    assert len(found["points"]) == 4
    for x, y in found["points"]:
        assert 170 <= x <= 450
        assert 80 <= y <= 360


def test_two_stamps_in_one_picture(photograph, stamp_text):
    both = np.hstack([photograph(stamp_text(1)), photograph(stamp_text(2))])
    assert {found["text"] for found in decoder.read(both)} == {stamp_text(1), stamp_text(2)}


def test_every_symbology():
    for text, kind, symbology, read in (
        ("xin chào", "QRCode", "QR", "xin chào"),
        ("8931234567897", "EAN13", "EAN13", "8931234567897"),
        ("96385074", "EAN8", "EAN8", "96385074"),
        ("036000291452", "UPCA", "UPCA", "036000291452"),
        ("0127890", "UPCE", "UPCE", "0012000007897"),
        ("HT01A-12", "Code128", "CODE128", "HT01A-12"),
        ("dm", "DataMatrix", "DATAMATRIX", "dm"),
    ):
        assert [(f["symbology"], f["text"]) for f in decoder.read(draw(text, kind))] == [(symbology, read)]


def test_the_second_reader_agrees_on_what_it_can_read():
    for text, kind in (
        ("8931234567897", "EAN13"),
        ("96385074", "EAN8"),
        ("036000291452", "UPCA"),
        ("0127890", "UPCE"),
        ("HT01A-12", "Code128"),
        ("OCOP", "QRCode"),
    ):
        picture = draw(text, kind)
        first, second = decoder.read(picture), decoder._zbar(picture)
        assert [(f["symbology"], f["text"]) for f in first] == [(f["symbology"], f["text"]) for f in second]
        for one, other in zip(first[0]["points"], first[0]["points"][1:], strict=False):
            assert one != other


def test_a_thorough_look_finds_what_a_quick_one_misses(photograph, stamp_text):
    sizes = range(60, 130, 4)
    pictures = [photograph(stamp_text(n), size=n, tilt=0.03, noise=2) for n in sizes]
    quick = [bool(decoder.read(picture, thorough=False)) for picture in pictures]
    thorough = [bool(decoder.read(picture)) for picture in pictures]
    assert sum(thorough) > sum(quick)
    assert all(late or not early for early, late in zip(quick, thorough, strict=True))


def test_nothing_to_read():
    for shape in ((480, 640), (8, 8), (1, 1), (1, 5000), (9, 5000), (0, 0)):
        assert decoder.read(np.full(shape, 200, np.uint8)) == []
    noise = np.random.default_rng(7).integers(0, 256, (480, 640)).astype(np.uint8)
    assert decoder.read(noise) == []
    assert decoder.read(np.zeros((40, 40, 3), np.uint8)) == []  # not grey: a caller's mistake, no crash


def test_gs1_symbols_say_so_by_fnc1():
    def drawn(text: str) -> list[str]:
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, gs1=True)
        picture = np.pad(np.array(code.to_image(scale=5)), 30, constant_values=255)
        return [found["text"] for found in decoder.read(picture)]

    assert drawn("(01)08931234567897(10)A1") == ["\x1d010893123456789710A1"]
