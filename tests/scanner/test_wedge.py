"""Keyboard scanners: from the kernel's key events to scans."""

import struct

import pytest

from scanner.host.framing import STALE
from scanner.host.sources import DeviceError
from scanner.host.wedge import Keys, Wedge

# Key numbers of input-event-codes.h, written here by hand and not taken from the module.
KEY = {
    "1": 2, "2": 3, "0": 11, "9": 10, "-": 12, "q": 16, "t": 20, "p": 25, "]": 27, "a": 30, "h": 35, "s": 31,
    ";": 39, "'": 40, "`": 41, "\\": 43, "z": 44, "m": 50, ",": 51, ".": 52, "/": 53, " ": 57,
}  # fmt: skip
SHIFT, CTRL, ENTER, TAB, CAPS = 42, 29, 28, 15, 58


def event(code: int, value: int, kind: int = 1) -> bytes:
    return struct.pack("llHHi", 1, 2, kind, code, value)


def press(code: int) -> bytes:
    return event(4, 458756, kind=4) + event(code, 1) + event(0, 0, kind=0) + event(code, 0)


def typed(*keys: str) -> bytes:
    return b"".join(press(KEY[key]) for key in keys)


def shifted(*keys: str) -> bytes:
    return event(SHIFT, 1) + typed(*keys) + event(SHIFT, 0)


def test_capitals_digits_and_signs() -> None:
    keys = Keys()
    data = shifted("h", "t", "t", "p", "s", ";") + typed(
        "/", "/", "a", ".", "m", "-", "2", "1", "'", "`", "\\"
    )
    assert keys.feed(data, 1.0) == []
    assert keys.feed(press(ENTER), 1.1) == ["HTTPS://a.m-21'`\\"]


def test_caps_lock_changes_nothing() -> None:
    assert Keys().feed(press(CAPS) + typed("a") + shifted("z") + press(ENTER), 1.0) == ["aZ"]


def test_a_held_key_does_not_repeat() -> None:
    data = event(KEY["9"], 1) + event(KEY["9"], 2) + event(KEY["9"], 2) + event(KEY["9"], 0)
    assert Keys().feed(data + press(ENTER), 1.0) == ["9"]


def test_two_scans_end_with_enter_and_tab() -> None:
    data = typed("1") + press(ENTER) + press(ENTER) + typed("2") + press(TAB)
    assert Keys().feed(data, 1.0) == ["1", "2"]


def test_fnc1_is_control_and_bracket() -> None:
    data = event(CTRL, 1) + typed("]", "a") + event(CTRL, 0) + typed("0", "1") + press(ENTER)
    assert Keys().feed(data, 1.0) == ["\x1d01"]


def test_half_a_scan_is_no_beginning_of_the_next() -> None:
    keys = Keys()
    keys.feed(typed("9", "9"), 1.0)
    assert keys.feed(typed("1") + press(ENTER), 1.0 + 2 * STALE) == ["1"]


def test_a_device_that_is_not_there_or_no_keyboard(tmp_path) -> None:
    file = tmp_path / "event0"
    for state in ("missing", "error"):
        with pytest.raises(DeviceError) as caught:
            Wedge(str(file)).open()
        assert caught.value.state == state
        file.write_bytes(b"")
