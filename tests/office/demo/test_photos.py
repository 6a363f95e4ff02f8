"""The demo's pictures are photographs that a decoder reads, and the same ones every time."""

import cv2
import numpy as np
import pytest
import zxingcpp

from office.demo import photos
from scanner import stamps

URI = stamps.uri(stamps.Stamp("OCOP.HATINH.VN", "A", bytes(range(64)), "08939999000017", 12))
SEEDS = range(6)


def read(picture):
    decoded = cv2.imdecode(np.frombuffer(photos.jpeg(picture), np.uint8), cv2.IMREAD_COLOR)
    return [(found.format.name, found.text) for found in zxingcpp.read_barcodes(decoded)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stamp_is_read_from_its_picture(seed):
    picture = photos.stamp_photo(URI, seed, "Nước mắm Kỳ Ninh")
    assert picture.shape == (720, 1280, 3)
    assert [text for _, text in read(picture)] == [URI]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_barcode_is_read_from_its_picture(seed):
    assert read(photos.ean13_photo("8939999000031", seed, "Kẹo cu đơ")) == [("EAN13", "8939999000031")]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_text_is_read_from_its_picture(seed):
    assert [text for _, text in read(photos.text_photo("https://example.org/thuc-don", seed))] == [
        "https://example.org/thuc-don"
    ]


def test_the_longest_serial_still_fits_version_7():
    uri = stamps.uri(stamps.Stamp("OCOP.HATINH.VN", "A", b"\xff" * 64, "08939999000017", stamps.MAX_SERIAL))
    assert [text for _, text in read(photos.stamp_photo(uri, 3))] == [uri]


def test_a_picture_is_repeatable_and_the_seed_changes_it(tmp_path):
    photos.save(tmp_path / "a.jpg", photos.stamp_photo(URI, 4))
    again = photos.jpeg(photos.stamp_photo(URI, 4))
    assert (tmp_path / "a.jpg").read_bytes() == again
    assert [file.name for file in tmp_path.iterdir()] == ["a.jpg"]
    assert photos.jpeg(photos.stamp_photo(URI, 5)) != again


def test_what_is_no_stamp_is_not_drawn_as_one():
    with pytest.raises(ValueError, match="not written as a stamp"):
        photos.stamp_photo("HTTPS://OCOP.HATINH.VN/S/", 1)


def test_a_barcode_has_thirteen_digits():
    with pytest.raises(ValueError, match="thirteen"):
        photos.ean13_photo("08939999000031", 1)
