"""The page that finds out what a printer can do."""

from printer.probes import PROBES, SAMPLE, page, settled
from printer.profiles import profile


def raster(text, style, width=12, height=24):
    if style[:2] == "qr":
        return 9, 1, b"\x80\x80"
    stride = (width * len(text) + 7) // 8
    return width * len(text), height, b"\x01" * (stride * height)


def test_every_way_is_on_the_page_once():
    out = page("plain-58", raster)
    for mark in (
        b"\x1b*\x21",
        b"\x1bt\x1e",
        b"\x1c(C\x02\x0002",
        b"\x1b$",
        b"\x1d(k",
        b"\x1dkC",
        b"\x1b&\x03",
    ):
        assert out.count(mark) >= 1, mark
    for number, _, _ in PROBES:
        assert (str(number) + ".\n").encode() in out
    assert SAMPLE.encode() in out
    assert out.index(b"\x1b&\x03") > out.index(b"\x1dkC")  # what may be rubbish comes last
    assert out.endswith(b"\x1dVB\x00")


def test_answers_make_a_profile():
    everything = profile(settled("plain", [1, 2, 3, 4, 5, 6, 7]))
    assert (
        everything["pages"] and everything["native_qr"] and everything["barcode"] and everything["positions"]
    )
    assert not everything["utf8"] and not everything["glyphs"]
    taught = profile(settled("plain", [1, 4, 5, 7]))
    assert taught["glyphs"] and taught["native_qr"] and not taught["barcode"] and taught["pages"] == []
    assert profile(settled("plain", [3]))["utf8"]
    nothing = profile(settled("plain-58", []))
    assert nothing["graphics"] == "picture" and not nothing["native_qr"] and nothing["columns"] == 32
    # what the database claims for a printer is not believed against a person
    assert profile(settled("RP326", [1]))["pages"] == [] and not profile(settled("RP326", [1]))["native_qr"]


def test_a_number_that_is_not_there_is_refused():
    for wrong in (("plain", [9]), ("tin", [1])):
        try:
            settled(*wrong)
        except ValueError:
            continue
        raise AssertionError("no error")
