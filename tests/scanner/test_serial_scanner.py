"""The serial scanner over a real pseudo-terminal pair, plugged and unplugged."""

import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.host.serial_scanner import SerialScanner
from scanner.host.sources import DeviceError


class Plug:
    """A pseudo-terminal whose far end stands at a fixed path, like /dev/ttyACM0 does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends: tuple[int, ...] = ()

    def plug_in(self) -> None:
        self._ends = os.openpty()
        tty.setraw(self._ends[1])
        self.path.symlink_to(os.ttyname(self._ends[1]))

    def unplug(self) -> None:
        for end in self._ends:
            os.close(end)
        self._ends = ()
        self.path.unlink(missing_ok=True)

    def send(self, data: bytes) -> None:
        os.write(self._ends[0], data)


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Plug]:
    made = Plug(tmp_path / "ttyACM0")
    yield made
    made.unplug()


def texts(scanner: SerialScanner, count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        found += [read.text for read in scanner.read()]
    return found


def test_codes_come_as_lines(plug: Plug) -> None:
    plug.plug_in()
    scanner = SerialScanner(f"{plug.path}?baud=115200")
    scanner.open()
    plug.send(b"8931234567897\r\n893")
    assert texts(scanner, 1) == ["8931234567897"]
    plug.send(b"1234567897\r\n8931234567897\r\n")
    assert texts(scanner, 2) == ["8931234567897"] * 2
    assert scanner.read() == []
    scanner.close()


def test_unplugged_and_back(plug: Plug) -> None:
    scanner = SerialScanner(str(plug.path))
    with pytest.raises(DeviceError) as caught:
        scanner.open()
    assert caught.value.state == "missing"
    plug.plug_in()
    scanner.open()
    plug.send(b"first\nhalf a li")
    assert texts(scanner, 1) == ["first"]
    plug.unplug()
    with pytest.raises(DeviceError) as caught:
        scanner.read()
    assert caught.value.state == "missing"
    scanner.close()
    plug.plug_in()
    scanner.open()
    plug.send(b"whole\n")
    assert texts(scanner, 1) == ["whole"]
    scanner.close()


def test_a_path_that_is_no_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    scanner = SerialScanner(str(path))
    with pytest.raises(DeviceError) as caught:
        scanner.open()
    assert caught.value.state == "error"


def test_one_program_at_a_time(plug: Plug) -> None:
    plug.plug_in()
    first, second = SerialScanner(str(plug.path)), SerialScanner(str(plug.path))
    first.open()
    with pytest.raises(DeviceError) as caught:
        second.open()
    assert caught.value.state == "busy"
    first.close()
    second.open()
    second.close()


def test_a_scanner_without_terminator(plug: Plug) -> None:
    plug.plug_in()
    scanner = SerialScanner(f"{plug.path}?end=quiet&prefix=%02&suffix=%03")
    scanner.open()
    plug.send(b"\x02893123\x03")
    assert texts(scanner, 1) == ["893123"]
    plug.send(b"\x02first\x03\x02second\x03")
    assert texts(scanner, 2) == ["first", "second"]
    scanner.close()


def test_a_device_that_says_nothing_usable() -> None:
    for device in ("/dev/ttyACM0?baud=fast", "/dev/ttyACM0?speed=9600"):
        with pytest.raises(DeviceError, match="baud=9600"):
            SerialScanner(device)


def test_usb_ids_that_no_port_has() -> None:
    scanner = SerialScanner("usb:FFFF:FFFE?baud=115200")
    with pytest.raises(DeviceError, match="ffff:fffe") as caught:
        scanner.open()
    assert caught.value.state == "missing"
