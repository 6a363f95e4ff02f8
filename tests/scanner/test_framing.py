"""Where scans end: terminators, silence, garbage, halves."""

import pytest

from scanner.host.framing import LONGEST, QUIET, STALE, Framing


def test_lines_end_with_cr_lf_or_both() -> None:
    framing = Framing()
    assert framing.feed(b"one\rtwo\nthree\r\n\r\n\nfo", 0.0) == ["one", "two", "three"]
    assert framing.feed(b"ur", 0.01) == []
    assert framing.feed(b"\r", 0.02) == ["four"]
    assert framing.feed(b"\n\x1d0112\xc3\xa9\xfe\n", 0.03) == ["\x1d0112é�"]


def test_an_endless_line_does_not_fill_the_memory() -> None:
    framing = Framing(b"\n")
    for turn in range(100):
        assert framing.feed(b"x" * 4096, turn / 100) == []
    assert [len(scan) for scan in framing.feed(b"\nnext\n", 1.0)] == [LONGEST, 4]


def test_a_scanner_without_terminator_ends_its_scans_by_silence() -> None:
    framing = Framing()
    assert framing.feed(b"89312345", 0.0) == []
    assert framing.feed(b"67897", QUIET / 2) == []
    assert framing.feed(b"", QUIET) == []
    assert framing.feed(b"", QUIET * 2) == ["8931234567897"]
    assert framing.feed(b"", QUIET * 9) == []


def test_once_a_terminator_came_silence_ends_nothing() -> None:
    framing = Framing()
    framing.feed(b"first\r", 0.0)
    assert framing.feed(b"half of the sec", 1.0) == []
    assert framing.feed(b"", 1.0 + QUIET * 3) == []
    assert framing.feed(b"ond\r", 1.0 + STALE / 2) == ["half of the second"]


def test_half_a_scan_is_no_beginning_of_the_next() -> None:
    framing = Framing(b"\r")
    framing.feed(b"HTTPS://OCOP.HATI", 0.0)
    assert framing.feed(b"8931234567897\r", STALE * 2) == ["8931234567897"]


def test_two_stamps_glued_together_come_apart() -> None:
    stamps = b"HTTPS://OCOP.HATINH.VN/S/A/01/1HTTPS://OCOP.HATINH.VN/S/B/01/2"
    framing = Framing(b"")
    framing.feed(stamps, 0.0)
    assert framing.feed(b"", 1.0) == [
        "HTTPS://OCOP.HATINH.VN/S/A/01/1",
        "HTTPS://OCOP.HATINH.VN/S/B/01/2",
    ]


def test_an_address_within_an_address_is_one_scan_where_a_terminator_says_so() -> None:
    text = "https://example.org/?to=HTTPS://EXAMPLE.COM/"
    assert Framing().feed(text.encode() + b"\r\n", 0.0) == [text]


@pytest.mark.parametrize("garbage", [b"\x00\x00", b"\xff", b"\x7f\x00\xff\x02"])
def test_garbage_at_plug_in_is_stripped(garbage: bytes) -> None:
    assert Framing(b"\r").feed(garbage + b"8931234567897\r", 0.0) == ["8931234567897"]


def test_a_leading_fnc1_is_kept() -> None:
    assert Framing(b"\r").feed(b"\x1d01089\r", 0.0) == ["\x1d01089"]


def test_prefix_and_suffix_go_and_tell_scans_apart() -> None:
    framing = Framing(b"\r", prefix=b"<", suffix=b">")
    assert framing.feed(b"<one>\rtwo\r<three><four>\r", 0.0) == ["one", "two", "three", "four"]
