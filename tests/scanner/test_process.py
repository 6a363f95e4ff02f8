"""The scanner process, run as the kiosk's service runs it."""

import os
import signal
import subprocess
import sys
import tty

import pytest

from config.exits import OK, USAGE
from scanner.host.vision import np

FOLDER = (
    '[[reader]]\nname = "shelf"\nkind = "folder"\ndevice = "pictures"\nplace = "shopper"\npurpose = "look"\n'
)


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


def test_reads_come_as_lines(start_scanner, pictures, photograph, stamp_text, save):
    save(pictures / "1.png", photograph(stamp_text(1)))
    scanner = start_scanner('data = "other tables are not ours"\n[shop]\nname = "x"\n' + FOLDER)
    read = scanner.wait_for(type="read")
    assert set(read) == {"type", "reader", "symbology", "text", "points", "at", "frame_at", "beside"}
    assert (read["reader"], read["symbology"], read["text"]) == ("shelf", "QR", stamp_text(1))
    assert [len(point) for point in read["points"]] == [2, 2, 2, 2]
    assert 0 <= read["at"] - read["frame_at"] < 60_000
    assert scanner.wait_for(type="status") == {
        "type": "status",
        "reader": "shelf",
        "state": "ok",
        "detail": "",
    }
    for serial in (2, 3):
        save(pictures / f"{serial}.png", photograph(stamp_text(serial)))
        assert scanner.wait_for(type="read")["text"] == stamp_text(serial)
    save(pictures / "4.png", photograph(stamp_text(3)))  # the same stamp, shown once more
    assert scanner.wait_for(type="read")["text"] == stamp_text(3)
    assert scanner.end_input() == OK
    assert [line for line in scanner.rest() if line["type"] == "read"] == []
    assert sum(line["type"] == "read" for line in scanner.seen) == 4


def test_codes_in_one_picture_are_said_to_lie_beside_each_other(
    start_scanner, pictures, photograph, stamp_text, save
):
    both = np.hstack([photograph(stamp_text(1)), photograph(stamp_text(2))])
    save(pictures / "1.png", both)
    scanner = start_scanner(FOLDER)
    beside = {read["text"]: read["beside"] for read in (scanner.wait_for(type="read") for _ in range(2))}
    assert beside.keys() == {stamp_text(1), stamp_text(2)}
    *_, last = beside
    assert beside[last] == list(beside)[:1]  # whether the first was found a frame earlier or not
    save(pictures / "2.png", photograph(stamp_text(3)))
    assert scanner.wait_for(type="read", text=stamp_text(3))["beside"] == []


def test_a_bad_picture_is_said_and_the_next_one_read(start_scanner, pictures, photograph, stamp_text, save):
    whole = save(pictures / "2.png", photograph(stamp_text(2))).read_bytes()
    (pictures / "0.jpg").write_text("hello")
    (pictures / "1.png").write_bytes(whole[: len(whole) // 2])
    scanner = start_scanner(FOLDER)
    assert scanner.wait_for(type="read")["text"] == stamp_text(2)
    assert scanner.wait_for(type="status")["detail"].startswith("1.png is cut off")
    (pictures / "1.png").write_bytes(whole)  # the copy went on
    assert scanner.wait_for(type="read")["text"] == stamp_text(2)


def test_a_missing_folder_is_tried_again(start_scanner, pictures, photograph, stamp_text, save):
    pictures.rmdir()
    scanner = start_scanner(FOLDER)
    assert scanner.wait_for(type="status")["state"] == "missing"
    pictures.mkdir()
    save(pictures / "1.png", photograph(stamp_text(1)))
    assert scanner.wait_for(type="read")["text"] == stamp_text(1)
    assert scanner.wait_for(type="status")["state"] == "ok"


def test_a_serial_scanner_unplugged_and_back(start_scanner, tmp_path):
    port = tmp_path / "ttyACM0"

    def plug_in():
        near, far = os.openpty()
        tty.setraw(far)
        port.unlink(missing_ok=True)
        port.symlink_to(os.ttyname(far))
        return near, far

    scanner = start_scanner(
        f'[[reader]]\nname = "hand"\nkind = "serial"\ndevice = "{port}"\nplace = "till"\n'
    )
    assert scanner.wait_for(type="status")["state"] == "missing"
    for _ in range(2):
        near, far = plug_in()
        assert scanner.wait_for(type="status", state="ok")["reader"] == "hand"
        os.write(near, b"8931234567897\r\n8931234567897\r\n]C10108931234567897\r\n")
        assert [scanner.wait_for(type="read")["text"] for _ in range(3)] == [
            "8931234567897",
            "8931234567897",
            "]C10108931234567897",
        ]
        os.close(near)
        os.close(far)
        assert scanner.wait_for(type="status")["state"] == "missing"


def test_one_broken_reader_leaves_the_others_alone(start_scanner, pictures, photograph, stamp_text, save):
    save(pictures / "1.png", photograph(stamp_text(1)))
    scanner = start_scanner(
        '[[reader]]\nname = "cam"\nkind = "camera"\ndevice = "97"\nplace = "till"\n' + FOLDER
    )
    said: set[tuple[str, str]] = set()
    while not {("cam", "missing"), ("shelf", "read")} <= said:
        line = scanner.wait_for()
        said.add((line["reader"], line.get("state", "read")))
    assert scanner.process.poll() is None


def test_it_ends_with_its_input_without_readers_too(start_scanner):
    scanner = start_scanner('data = "x"\n')
    assert scanner.end_input() == OK
    assert scanner.rest() == []


def test_lines_on_its_input_are_let_pass(start_scanner, pictures, photograph, stamp_text, save):
    scanner = start_scanner(FOLDER)
    scanner.process.stdin.write(b'{"type": "aim"}\nnot json\n\xff' + b"x" * 200_000 + b"\n")
    scanner.process.stdin.flush()
    scanner.wait_for(type="status", state="ok")
    save(pictures / "1.png", photograph(stamp_text(1)))
    assert scanner.wait_for(type="read")["text"] == stamp_text(1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(start_scanner, pictures, number):
    scanner = start_scanner(FOLDER)
    scanner.wait_for(type="status", state="ok")
    scanner.process.send_signal(number)
    assert scanner.process.wait(60) == OK


def test_it_ends_when_the_service_that_started_it_is_killed(tmp_path, pictures):
    """The parent is killed -9: nobody closes anything but the kernel."""
    config = tmp_path / "outlet.toml"
    config.write_text(FOLDER)
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys\n"
            "command = [sys.executable, '-m', 'scanner.host', '--config', sys.argv[1]]\n"
            "child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=sys.stdout)\n"
            "child.wait()\n",
            str(config),
        ],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    assert b'"ok"' in parent.stdout.readline()
    parent.kill()
    parent.wait(60)
    assert parent.stdout.read() == b""  # comes back only when the child, too, has let go of the pipe
    parent.stdout.close()


def test_what_c_libraries_print_does_not_mix_with_the_lines(pictures, tmp_path, photograph, stamp_text, save):
    """Descriptor 1 belongs to whoever prints: only the process's own copy reaches the service."""
    save(pictures / "1.png", photograph(stamp_text(1)))
    config = tmp_path / "outlet.toml"
    config.write_text(FOLDER)
    program = (
        "import os, sys\n"
        "from scanner.host import process, search\n"
        "plain = search.Search.look\n"
        "def noisy(self, picture):\n"
        "    os.write(1, b'Assertion failed\\n')\n"
        "    return plain(self, picture)\n"
        "search.Search.look = noisy\n"
        "sys.exit(process.main(['--config', sys.argv[1]]))\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", program, str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.stdout is not None
    assert run.stdout.readline().startswith(b'{"type": "read"')
    output, errors = run.communicate(b"")
    assert b"Assertion" not in output
    assert b"Assertion" in errors


@pytest.mark.parametrize("loader", ["CDLL", "PyDLL"])  # the second hangs with Python's lock in its hand
def test_a_decoder_that_hangs_ends_the_process_so_that_it_is_started_again(
    pictures, tmp_path, photograph, stamp_text, save, loader
):
    save(pictures / "1.png", photograph(stamp_text(1)))
    config = tmp_path / "outlet.toml"
    config.write_text(FOLDER)
    program = (
        "import ctypes, sys\n"
        "from scanner.host import process, search\n"
        "process.STUCK, process.HANGING = 1.0, 3.0\n"
        f"search.Search.look = lambda self, picture: ctypes.{loader}(None).sleep(3600)\n"
        "sys.exit(process.main(['--config', sys.argv[1]]))\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", program, str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.wait(60) == 1
    output, errors = run.communicate()
    assert b"watched.py" in errors  # where it hung
    assert loader == "PyDLL" or b'"frozen"' in output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml", "TOML"),
        ('[[reader]]\nname = "a"\nkind = "fax"\ndevice = "0"\n', "kind"),
        ('[[reader]]\nkind = "camera"\ndevice = "0"\n', "name"),
        ('[reader]\nname = "a"\n', "[[reader]]"),
        (FOLDER + FOLDER, "shelf"),
    ],
)
def test_a_wrong_configuration_is_said(tmp_path, text, said):
    config = tmp_path / "outlet.toml"
    config.write_text(text)
    run = subprocess.run(
        [sys.executable, "-m", "scanner.host", "--config", str(config)],
        capture_output=True,
        text=True,
        input="",
    )
    assert run.returncode == USAGE
    assert said in run.stderr
    assert run.stderr.count("\n") == 1
    assert run.stdout == ""


def test_after_hard_pictures_the_process_is_as_small_as_before(
    start_scanner, pictures, stamp_pictures, photograph, stamp_text, save
):
    """Every look and every library has been used; RSS counts pages whole that others share, so PSS is less."""
    for kind in ("stamp", "ean"):
        for number, shot in enumerate(stamp_pictures.shots(6, 2, kind, ("glare", "mixed"))):
            save(pictures / f"{kind}{number}.png", shot.picture)
    save(pictures / "zzz.png", photograph(stamp_text(1)))
    scanner = start_scanner(FOLDER)
    scanner.wait_for(type="read", text=stamp_text(1))
    with open(f"/proc/{scanner.process.pid}/status", encoding="ascii") as file:
        resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    assert resident < 50 * 1024  # kB
