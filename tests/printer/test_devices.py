"""One contract for every device: the bytes arrive whole, or the outcome says what may be on the paper."""

import os
import socket
import subprocess
import sys
import termios
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from printer.host import conversation, devices, languages, transports
from printer.host.conversation import Known
from printer.host.devices import connect

DATA = b"\x1b@Hello\n\x1dVB\x00"
LINES = ("tcp", "serial")
MET = Known(answers=True, proof="paper")  # a printer that has printed before


@pytest.fixture
def quick(monkeypatch):
    """Patience for printers that are threads of this very process."""
    for name, seconds in (("STALL", 1.0), ("POLL", 0.05), ("FIRST", 2.0), ("PROOF", 2.0), ("LINGER", 0.1)):
        monkeypatch.setattr(conversation, name, seconds)
    monkeypatch.setattr(languages, "ANSWER", 1.0)


def deliver(name, data=DATA, known=Known(), language="escpos"):  # noqa: B008 - frozen
    return connect(name).deliver(data, language, known)


# Printers at a line of bytes


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(
    ("settings", "proof"),
    [
        ({"proof": "paper"}, "paper"),
        ({"proof": "process", "maker": b"EPSON"}, "process"),
        ({"proof": "paper", "maker": b"Xprinter"}, "paper"),
        ({"proof": "paper", "maker": b"EPSON"}, "paper"),  # a clone that claims to be one
    ],
)
def test_a_printer_that_confirms_the_job(fake_printers, quick, line, settings, proof):
    printer = fake_printers(line, **settings)
    outcome = deliver(printer.name)
    assert (outcome.state, outcome.proof, outcome.detail) == ("printed", "printer", "")
    assert outcome.known == Known(answers=True, proof=proof)
    assert bytes(printer.paper) == DATA
    again = deliver(printer.name, known=outcome.known)
    assert again.state == "printed" and bytes(printer.paper) == DATA * 2


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(
    ("fault", "words"), [("paper_out", "Hết giấy"), ("cover_open", "Nắp máy in đang mở")]
)
def test_a_printer_that_cannot_print_gets_nothing(fake_printers, quick, line, fault, words):
    printer = fake_printers(line, **{fault: True})
    outcome = deliver(printer.name)
    assert outcome.state == "not_printed" and outcome.detail.startswith(words)
    printer.back()
    assert printer.taken == 0 and bytes(printer.paper) == b""


@pytest.mark.parametrize("line", LINES)
def test_paper_that_is_nearly_out_is_told(fake_printers, quick, line):
    outcome = deliver(fake_printers(line, near_end=True).name)
    assert outcome.state == "printed" and "Giấy sắp hết" in outcome.detail


@pytest.mark.parametrize("line", LINES)
def test_paper_that_ends_in_the_middle_of_a_job(fake_printers, quick, line):
    printer = fake_printers(line, stops_at=5, stops_by="paper")
    outcome = deliver(printer.name, known=MET)
    assert outcome.state == "unknown" and "Hết giấy" in outcome.detail and "Look whether" in outcome.detail
    assert bytes(printer.paper) == DATA[:5]
    printer.back()  # with a new roll the rest comes out by itself
    assert bytes(printer.paper)[: len(DATA)] == DATA


@pytest.mark.parametrize("line", LINES)
def test_a_printer_that_answered_before_and_is_silent_now_gets_nothing(fake_printers, quick, line):
    printer = fake_printers(line, answers=False)
    outcome = deliver(printer.name, known=Known(answers=True, proof="paper"))
    assert outcome.state == "not_printed" and "không trả lời" in outcome.detail
    assert printer.taken == 0 and outcome.known.answers


def test_a_printer_without_status_that_closes_its_side(fake_printers, quick):
    printer = fake_printers("tcp", answers=False, proof=None)
    outcome = deliver(printer.name)
    assert (outcome.state, outcome.proof) == ("printed", "closed")
    assert "nhìn giấy" in outcome.detail and bytes(printer.paper) == DATA
    assert outcome.known == Known()


def test_a_serial_printer_without_status(fake_printers, quick):
    printer = fake_printers("serial", answers=False, proof=None)
    outcome = deliver(printer.name)
    assert (outcome.state, outcome.proof) == ("printed", "taken")
    assert outcome.known == Known()


@pytest.mark.parametrize("line", LINES)
def test_a_printer_with_status_that_confirms_nothing(fake_printers, quick, line):
    printer = fake_printers(line, proof=None)
    outcome = deliver(printer.name)
    assert (outcome.state, outcome.proof) == ("printed", "status")
    assert outcome.known == Known(answers=True, proof="none")
    assert printer.paper.startswith(DATA)
    again = deliver(printer.name, known=outcome.known)
    assert (again.state, again.proof) == ("printed", "status")
    assert bytes(printer.paper).count(b"\x1dr") <= 1  # it is not asked again


@pytest.mark.parametrize("line", LINES)
def test_a_printer_that_takes_the_job_and_prints_it_later(fake_printers, quick, line):
    printer = fake_printers(line, later=True)
    outcome = deliver(printer.name, known=Known(answers=True, proof="paper"))
    assert outcome.state == "unknown" and "chưa báo in xong" in outcome.detail
    assert not outcome.known.unsettled  # it has it all
    printer.back()
    assert printer.paper.startswith(DATA)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("size", [500, 3_000_000])
def test_a_printer_that_never_reads(fake_printers, quick, line, size):
    printer = fake_printers(line, reads=False)
    outcome = deliver(printer.name, b"x" * size, Known(answers=True))
    assert outcome.state == "not_printed" and printer.taken == 0


def test_a_printer_without_status_that_stops_reading(fake_printers, quick):
    printer = fake_printers("tcp", answers=False, stops_at=1000, stops_by="hang", slowly=500)
    outcome = deliver(printer.name, b"x" * 9_000_000)
    assert outcome.state == "unknown" and "ngừng giữa chừng" in outcome.detail and outcome.known.unsettled


@pytest.mark.parametrize("line", LINES)
def test_a_printer_that_reads_slowly_gets_all_of_it(fake_printers, quick, line):
    printer = fake_printers(line, slowly=7)
    data = DATA + b"line\n" * 2000
    outcome = deliver(printer.name, data)
    assert outcome.state == "printed" and bytes(printer.paper) == data


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("how", ["reset", "hang"])
def test_a_printer_that_is_lost_in_the_middle(fake_printers, quick, line, how):
    printer = fake_printers(line, stops_at=5, stops_by=how)
    outcome = deliver(printer.name, known=MET)
    assert outcome.state == "unknown" and outcome.known.unsettled
    assert "Mất liên lạc" in outcome.detail
    assert bytes(printer.paper) == DATA[:5]


def test_after_a_broken_job_the_next_one_comes_out_whole(fake_printers, quick):
    """The printer waits for 900 bytes of a picture that never came; the next job must not fill it up."""
    from printer.host import virtual

    picture = b"\x1b@\x1dv0\x00\x0a\x00\x64\x00" + b"\xff" * 1000 + b"\x1dVB\x00"
    printer = fake_printers("tcp", stops_at=100, stops_by="hang")
    outcome = deliver(printer.name, picture, MET)
    assert outcome.state == "unknown"
    printer.back()
    outcome = deliver(printer.name, DATA, outcome.known)
    assert outcome.state == "printed" and not outcome.known.unsettled
    reading = virtual.read(bytes(printer.paper))
    assert reading.lines == ["Hello"] and reading.cuts == 1 and reading.problems == []


def test_two_programs_take_turns(fake_printers, quick):
    """Their bytes are never mixed on one paper."""
    printer = fake_printers("tcp", slowly=3)
    jobs = [bytes((letter,)) * 400 for letter in b"ABCDEF"]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda data: deliver(printer.name, data), jobs))
    assert [outcome.state for outcome in outcomes] == ["printed"] * 6
    paper = bytes(printer.paper)
    assert all(job in paper for job in jobs) and len(paper) == 2400


def test_a_printer_that_another_program_keeps(fake_printers, quick, monkeypatch):
    monkeypatch.setattr(devices, "TAKEN", 0.1)
    printer = fake_printers("tcp")
    with devices._alone(printer.name):
        outcome = deliver(printer.name)
    assert outcome.state == "not_printed" and "another program" in outcome.detail
    assert deliver(printer.name).state == "printed"


def test_tcp_refused():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    outcome = deliver(f"tcp:127.0.0.1:{port}", known=Known(answers=True))
    assert outcome.state == "not_printed" and "refused" in outcome.detail
    assert outcome.known == Known(answers=True)


def test_a_printer_that_talks_and_reads_late_loses_nothing(quick):
    """Closing a connection with unread answers resets it, and the printer would lose what it has not read."""
    got = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk():
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"welcome")
                while part := connection.recv(1):
                    got.append(part)
                    connection.sendall(b".")

        thread = threading.Thread(target=talk)
        thread.start()
        outcome = deliver(f"tcp:127.0.0.1:{server.getsockname()[1]}")
        thread.join(10)
    assert (outcome.state, outcome.proof) == ("printed", "closed")
    assert b"".join(got).endswith(DATA)


# Serial lines


class Port:
    """A pty with a DSR line, which no pty has."""

    def __init__(self, port):
        self._port = port
        self.dsr = True

    def __getattr__(self, name):
        return getattr(self._port, name)


@pytest.fixture
def wire():
    master, slave = os.openpty()
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_serial_stops_while_the_printer_holds_dsr_down(wire):
    master, path = wire
    line = transports.Serial(path, 19200, "none")
    line._port, line._dsr = Port(line._port), True
    data = bytes(range(256))
    assert line.send(data, 1) == transports._PIECE  # never more on its way than the printer has room for
    assert os.read(master, 1000) == data[: transports._PIECE]
    line._port.dsr = False
    assert line.send(data, 0.05) == 0
    line._port.dsr = True
    assert line.send(data, 1) == transports._PIECE
    line.close()


def test_serial_stops_at_xoff(wire):
    """XON/XOFF is the kernel's; the pty has it too."""
    master, path = wire
    line = transports.Serial(path, 19200, "xonxoff")
    os.write(master, b"\x13")
    while line.send(b".", 0):  # the kernel handles it a moment later
        pass
    assert line.send(b"job", 0.05) == 0
    os.write(master, b"\x11")
    while not line.send(b"job", 1):
        pass
    assert os.read(master, 100).strip(b".") == b"job"
    line.close()


@pytest.mark.parametrize(("flow", "wanted"), [("cts", True), ("none", False), ("", False)])
def test_serial_rts_cts_is_given_to_the_kernel(wire, flow, wanted):
    _, path = wire
    line = transports.Serial(path, 19200, flow)
    flags = termios.tcgetattr(line._descriptor)[2]
    assert bool(flags & termios.CRTSCTS) is wanted
    line.close()


def test_serial_absent():
    outcome = deliver("serial:/dev/ttyNOPE0?baud=9600")
    assert outcome.state == "not_printed" and "/dev/ttyNOPE0" in outcome.detail


# Files, queues, folders


def test_file(tmp_path):
    path = tmp_path / "out.bin"
    path.write_bytes(b"older and longer than the job")
    device = connect(f"file:{path}")
    outcome = device.deliver(DATA, "escpos", Known())
    assert (outcome.state, outcome.proof, outcome.detail) == ("printed", "printer", "")
    assert path.read_bytes() == DATA
    assert device.files == [str(path)]


def test_file_that_cannot_be_written(tmp_path):
    for name in ("/nowhere/out.bin", str(tmp_path)):
        outcome = deliver(f"file:{name}")
        assert outcome.state == "not_printed" and name in outcome.detail
    outcome = deliver("file:/dev/full")
    assert outcome.state == "not_printed" and "No space left" in outcome.detail


def test_a_pipe_is_a_printer_too(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert deliver(f"file:{path}").state == "not_printed"  # nobody reads it
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    outcome = deliver(f"file:{path}")
    assert (outcome.state, outcome.proof) == ("printed", "taken")
    assert os.read(reader, 1000).endswith(DATA)
    os.close(reader)


def test_a_device_file_answers_like_a_printer(fake_printers, quick):
    """/dev/usb/lp0 is one; here a pty stands for it."""
    printer = fake_printers("serial")
    path = printer.name.removeprefix("serial:").partition("?")[0]
    outcome = deliver(f"file:{path}")
    assert (outcome.state, outcome.proof) == ("printed", "printer")
    assert bytes(printer.paper) == DATA


def test_virtual(tmp_path):
    device = connect(f"virtual:{tmp_path}/papers")
    outcome = device.deliver(DATA, "escpos", Known())
    assert (outcome.state, outcome.detail) == ("printed", "")
    raw, picture = map(Path, device.files)
    assert raw.read_bytes() == DATA
    assert picture.suffix == ".png" and picture.exists()
    assert deliver("virtual:/dev/null/papers").state == "not_printed"


def test_virtual_tells_what_it_did_not_understand(tmp_path):
    assert deliver(f"virtual:{tmp_path}", b"\x1bz").detail == "unknown command 1b 7a at byte 0"


def test_usb_finds_linuxs_own_driver_by_the_printers_ids(tmp_path):
    printer = tmp_path / "devices" / "1-1.4"
    (printer / "1-1.4:1.0" / "usbmisc" / "lp3").mkdir(parents=True)
    (printer / "idVendor").write_text("0483\n")
    (printer / "idProduct").write_text("070b\n")
    driver = tmp_path / "usbmisc"
    (driver / "lp3").mkdir(parents=True)
    (driver / "lp3" / "device").symlink_to(printer / "1-1.4:1.0")
    assert transports.linux_printer(0x0483, 0x070B, driver) == "/dev/usb/lp3"
    assert transports.linux_printer(0x0483, 0x0000, driver) is None
    assert transports.linux_printer(0x0483, 0x070B, tmp_path / "none") is None


def test_usb_absent():
    outcome = deliver("usb:04b8:0202")
    assert outcome.state == "not_printed" and "usb:04b8:0202" in outcome.detail


def stand_in_for_cups(
    folder, lp="cat > $0.job; echo request id is quay1-7 (1 file(s))", left="", state="is idle"
):
    """Programs called lp, lpstat and cancel, as CUPS's client has them, with one queue quay1."""
    lpstat = (
        f'case "$1 $2" in "-p quay1") echo printer quay1 {state};; "-o quay1") echo {left};; *) exit 1;; esac'
    )
    for name, script in (
        ("lpstat", lpstat),
        ("lp", f'echo "$@" > $0.arguments; {lp}'),
        ("cancel", 'echo "$@" > $0.arguments'),
    ):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{script}\n".replace("(1 file(s))", "'(1 file(s))'"))
        program.chmod(0o755)


@pytest.fixture
def cups(monkeypatch, tmp_path, quick):
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(devices, "SPOOLED", 0.3)
    return tmp_path


def test_cups_queue(cups):
    stand_in_for_cups(cups)
    outcome = deliver("cups:quay1")
    assert (outcome.state, outcome.proof) == ("printed", "taken")  # CUPS does not know what printed
    assert (cups / "lp.job").read_bytes() == DATA
    assert (cups / "lp.arguments").read_text().split() == ["-d", "quay1", "-o", "raw", "-"]
    assert deliver("cups:quay2").state == "not_printed"


def test_cups_that_keeps_the_job_gives_it_back(cups):
    stand_in_for_cups(cups, left="quay1-7 user 1024")
    assert deliver("cups:quay1").state == "unknown"
    assert (cups / "cancel.arguments").read_text().split() == [
        "quay1-7"
    ]  # it does not come out an hour later


def test_cups_refuses_the_job(cups):
    stand_in_for_cups(cups, lp="echo no such option >&2; exit 1")
    outcome = deliver("cups:quay1")
    assert outcome.state == "not_printed" and "no such option" in outcome.detail
    stand_in_for_cups(cups, state="disabled since Tue")
    assert "cupsenable" in deliver("cups:quay1").detail


def test_cups_absent(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = deliver("cups:quay1")
    assert outcome.state == "not_printed" and "apt install cups-client" in outcome.detail


@pytest.mark.parametrize(
    "name",
    ["", "x", "file:", "ftp:host", "tcp:", "tcp:host:x", "tcp:host:99999", "usb:1:2", "usb:04b8", "cups:"]
    + ["cups:-h evil", "virtual:", "serial:ttyUSB0", "serial:/dev/ttyUSB0?baud=fast"]
    + ["serial:/dev/ttyUSB0?speed=9600", "serial:/dev/ttyUSB0?flow=maybe"],
)
def test_wrong_names_are_refused_before_anything_is_opened(name):
    with pytest.raises(ValueError, match=r"write one of usb:VID:PID|at most 65535"):
        connect(name)


def test_the_usual_devices_load_neither_python_escpos_nor_pyusb():
    """They cost a fifth of a second and 17 MB, and only a USB printer without a Linux driver needs them."""
    code = "import sys; from printer.host import worker; print([name for name in ('escpos', 'usb') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_loading_python_escpos_leaves_nothing_behind(tmp_path):
    code = (
        "import logging; from printer.host import transports;"
        "transports._python_escpos(); print(logging.getLogger().handlers)"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n" and list(tmp_path.iterdir()) == []
