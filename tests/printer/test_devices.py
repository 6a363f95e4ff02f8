"""One contract for every device: bytes arrive whole, or the error says what may be on the paper."""

import os
import pty
import socket
import struct
import sys
import threading
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from printer.host import devices
from printer.host.devices import PrinterError, connect, deliver

DATA = b"\x1b@Hello\n\x1dVB\x00"


def failing(name, data=DATA):
    """The error of a delivery that must fail: (state, message)."""
    with pytest.raises(PrinterError) as caught:
        deliver(connect(name), data)
    return caught.value.state, str(caught.value)


def serve(talk):
    """A printer on a real socket: calls `talk(connection)` once. Returns (name of the device, thread)."""
    server = socket.create_server(("127.0.0.1", 0))

    def run():
        with server:
            connection, _ = server.accept()
            with connection:
                talk(connection)

    thread = threading.Thread(target=run)
    thread.start()
    return f"tcp:127.0.0.1:{server.getsockname()[1]}", thread


def receive_all(connection):
    parts = []
    while part := connection.recv(4096):
        parts.append(part)
    return b"".join(parts)


def test_file(tmp_path):
    path = tmp_path / "out.bin"
    device = connect(f"file:{path}")
    deliver(device, DATA)
    assert path.read_bytes() == DATA
    assert device.files == [str(path)]


def test_file_that_cannot_be_written():
    state, message = failing("file:/nowhere/out.bin")
    assert state == "not_printed"
    assert "/nowhere/out.bin" in message and message.endswith(".")
    state, message = failing("file:/dev/full")
    assert state == "unknown"
    assert "No space left" in message


def test_virtual(tmp_path):
    device = connect(f"virtual:{tmp_path}/papers")
    deliver(device, DATA)
    raw, picture = map(Path, device.files)
    assert raw.read_bytes() == DATA
    assert picture.suffix == ".png" and picture.exists()
    assert failing("virtual:/dev/null/papers")[0] == "not_printed"


def test_virtual_tells_what_it_did_not_understand(tmp_path):
    device = connect(f"virtual:{tmp_path}")
    deliver(device, b"\x1bz")
    assert device.remarks == ["unknown command 1b 7a at byte 0"]


@pytest.mark.parametrize("size", [len(DATA), 300_000])
def test_tcp(size):
    data = (DATA * (size // len(DATA) + 1))[:size]
    got = []
    name, thread = serve(lambda connection: got.append(receive_all(connection)))
    deliver(connect(name), data)
    thread.join(10)
    assert got == [data]


def test_tcp_printer_that_never_closes_its_side(monkeypatch):
    monkeypatch.setattr(devices, "LINGER", 0.05)
    got, done = [], threading.Event()

    def talk(connection):
        got.append(receive_all(connection))
        done.wait(10)

    name, thread = serve(talk)
    deliver(connect(name), DATA)
    done.set()
    thread.join(10)
    assert got == [DATA]


def test_tcp_refused():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    state, message = failing(f"tcp:127.0.0.1:{port}")
    assert state == "not_printed"
    assert "refused" in message


@pytest.mark.parametrize("size", [1_000, 3_000_000])
def test_tcp_printer_dies_half_way(size):
    def talk(connection):
        connection.recv(200)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by reset

    name, thread = serve(talk)
    state, message = failing(name, b"x" * size)
    thread.join(10)
    assert state == "unknown"
    assert "look what came out" in message


def test_tcp_printer_takes_nothing_any_more(monkeypatch):
    monkeypatch.setattr(devices, "SECONDS", 0.3)
    monkeypatch.setattr(devices, "LINGER", 0.05)
    done = threading.Event()
    name, thread = serve(lambda connection: done.wait(20))
    state, _ = failing(name, b"x" * 8_000_000)
    done.set()
    thread.join(10)
    assert state == "unknown"


def test_serial():
    master, slave = pty.openpty()
    try:
        deliver(connect(f"serial:{os.ttyname(slave)}?baud=19200"), DATA)
        assert os.read(master, 1000) == DATA  # raw: no line feed was turned into two bytes
    finally:
        os.close(master)
        os.close(slave)


def test_serial_that_takes_nothing(monkeypatch):
    monkeypatch.setattr(devices, "SECONDS", 0.2)
    master, slave = pty.openpty()
    try:
        state, message = failing(f"serial:{os.ttyname(slave)}", b"x" * 200_000)
    finally:
        os.close(master)
        os.close(slave)
    assert state == "unknown"
    assert "imeout" in message or "took no byte" in message


def test_serial_absent():
    state, message = failing("serial:/dev/ttyNOPE0?baud=9600")
    assert state == "not_printed"
    assert "/dev/ttyNOPE0" in message


def test_usb_absent():
    state, message = failing("usb:04b8:0202")
    assert state == "not_printed"
    assert "usb:04b8:0202" in message


def test_cups_absent(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    state, message = failing("cups:quay1")
    assert state == "not_printed"
    assert "lpstat" in message


def stand_in_for_cups(folder, lp):
    """Programs called lp and lpstat, as CUPS's client has them, with one queue quay1."""
    for name, script in (
        ("lpstat", 'case $1 in -e) echo quay1;; -v) echo "device for quay1: usb://x";; esac'),
        ("lp", lp),
    ):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)


def test_cups_queue(monkeypatch, tmp_path):
    stand_in_for_cups(tmp_path, f'echo "$@" > {tmp_path}/arguments; cat > {tmp_path}/job')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    deliver(connect("cups:quay1"), DATA)
    assert (tmp_path / "job").read_bytes() == DATA
    assert "-d quay1" in (tmp_path / "arguments").read_text()
    assert "raw" in (tmp_path / "arguments").read_text()
    assert failing("cups:quay2")[0] == "not_printed"


def test_cups_refuses_the_job(monkeypatch, tmp_path):
    stand_in_for_cups(tmp_path, "cat > /dev/null; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert failing("cups:quay1")[0] == "unknown"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x",
        "file:",
        "ftp:host",
        "tcp:",
        "tcp:host:x",
        "tcp:host:99999",
        "usb:1:2",
        "usb:04b8",
        "cups:",
        "virtual:",
    ]
    + ["serial:ttyUSB0", "serial:/dev/ttyUSB0?baud=fast", "serial:/dev/ttyUSB0?speed=9600"],
)
def test_wrong_names_are_refused_before_anything_is_opened(name):
    with pytest.raises(ValueError, match=r"write one of usb:VID:PID|at most 65535"):
        connect(name)


def test_importing_the_transports_leaves_nothing_behind(tmp_path):
    import subprocess

    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    code = "import logging; from printer.host import transports; print(logging.getLogger().handlers)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []


def qr_texts(path):
    with Image.open(path) as picture:
        return [code.text for code in zxingcpp.read_barcodes(picture.convert("L"))]


@pytest.mark.parametrize(
    ("profile", "columns"), [("tcvn", 48), ("tcvn", 42), ("plain", 48), ("plain-58", 32)]
)
def test_the_qr_code_reads_back_from_the_paper(tmp_path, sale, profile, columns):
    from printer.host import jobs

    result = jobs.run(jobs.Job(f"virtual:{tmp_path}", "receipt", 1, profile, columns, sale))
    assert result.state == "printed" and result.detail == ""
    assert qr_texts(result.files[1]) == [sale["check_url"]]
    long = dict(sale, check_url="HTTPS://OCOP.HATINH.VN/" + "A" * 142)
    result = jobs.run(jobs.Job(f"virtual:{tmp_path}", "receipt", 1, profile, columns, long))
    assert qr_texts(result.files[1]) == [long["check_url"]]
