"""The print worker as a real process."""

import copy
import signal
import unicodedata
from pathlib import Path

import pytest

from printer.host import virtual
from printer.vietnamese import LETTERS

NOTHING_KNOWN = {
    "answers": False,
    "proof": "",
    "unsettled": False,
    "memory": {"letters": {}, "marks": ""},
    "keeps": "",
}


def job(device, data=None, **more):
    return {
        "job": 7,
        "device": device,
        "profile": "tcvn",
        "columns": 48,
        "kind": "receipt",
        "data": data,
    } | more


def test_a_receipt_from_line_to_paper(worker, sale, tmp_path):
    result = worker.ask(job(f"virtual:{tmp_path}", sale))
    raw, picture = map(Path, result["files"])
    assert result == {
        "job": 7,
        "state": "printed",
        "bytes": raw.stat().st_size,
        "files": [str(raw), str(picture)],
        "detail": "",
        "proof": "printer",
        "known": NOTHING_KNOWN,
        "picture": "",
        "logo": None,
    }
    reading = virtual.read(raw.read_bytes())
    assert reading.problems == [] and reading.cuts == 1 and reading.codes == [sale["check_url"]]
    paper = "\n".join(reading.lines)
    for text in (
        "OCOP Hương Khê",
        "Nguyễn Thị An",
        "Kẹo cu đơ “Phong Nga” – hộp 10 cái",
        "320.000 ₫",
        "MINH HOẠ",
    ):
        assert text in paper
    assert worker.end()[0] == 0


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_every_letter_in_either_form(worker, sale, tmp_path, form):
    sale["lines"] = [
        {"name": unicodedata.normalize(form, f"x{LETTERS[at : at + 40]}y"), "qty": 1, "price": 1, "amount": 1}
        for at in range(0, 134, 40)
    ]
    result = worker.ask(job(f"virtual:{tmp_path}", sale))
    reading = virtual.read(Path(result["files"][0]).read_bytes())
    names = [line[1:-1] for line in reading.lines if line.startswith("x") and line.endswith("y")]
    assert "".join(names) == LETTERS
    # and the same letters as dots
    drawn = worker.ask(job(f"virtual:{tmp_path}", sale, profile="plain"))
    reading = virtual.read(Path(drawn["files"][0]).read_bytes())
    assert [line for line in reading.lines if line.startswith("x")] == [
        "x" + "\ufffc" * len(LETTERS[at : at + 40]) + "y" for at in range(0, 134, 40)
    ]


def test_wrong_lines_get_an_answer_and_the_worker_goes_on(worker, sale, tmp_path):
    missing = copy.deepcopy(sale)
    del missing["lines"][1]["qty"]
    when = copy.deepcopy(sale)
    when["lines"][0]["provenance"]["expires"] = "hôm qua"
    cases = [
        (b"hello", "no print job"),
        (b"[]", "no print job"),
        (b'{"job":1}', "device"),
        (b"\xff\xfe", "no print job"),
        (b'{"job":1,"device":"file:/x","kind":"test","colour":1}', "colour"),
        (b'{"x":"' + b"a" * 3_000_000 + b'"}', "no print job"),
        (job("virtual:x", missing), "qty"),
        (job("virtual:x", when), "hôm qua"),
        (job("virtual:x", None), "this is no sale"),
        (job("pigeon:x", sale), "no printer's name"),
        (job("virtual:x", sale, kind="poem"), "poem"),
        (job("virtual:x", sale, profile="tin"), "tin"),
        (job("virtual:x", sale, columns=5), "columns"),
        (job("file:/nowhere/x", sale), "cannot be reached"),
    ]
    for line, word in cases:
        answer = worker.ask(line)
        assert answer["state"] == "not_printed", answer
        assert word in answer["detail"]
    assert worker.ask(job(f"virtual:{tmp_path}", sale))["state"] == "printed"


def test_many_lines_at_once_are_answered_in_order(worker, tmp_path):
    for number in range(5):
        worker.send({"job": number, "device": f"file:{tmp_path}/{number}", "kind": "test"})
    assert [worker.line()["job"] for _ in range(5)] == list(range(5))


def test_what_was_learned_of_a_printer_goes_into_its_next_job(worker, sale, fake_printers):
    printer = fake_printers("tcp", maker=b"EPSON", proof="process")
    first = worker.ask(job(printer.name, sale))
    assert (first["state"], first["proof"]) == ("printed", "printer")
    assert first["known"] == NOTHING_KNOWN | {"answers": True, "proof": "process"}
    printer.answers = False
    second = worker.ask(job(printer.name, sale, known=first["known"]))
    assert second["state"] == "not_printed" and second["known"] == first["known"]


def test_it_ends_when_stdin_ends(worker):
    assert worker.end() == (0, b"", b"")


def test_it_ends_when_idle(start):
    worker = start("--idle", "0.2")
    assert worker.line() == {"ready": True}
    assert worker.process.wait(30) == 0


def test_a_killed_worker_leaves_no_half_picture(worker, sale, tmp_path):
    worker.send(job(f"virtual:{tmp_path}", sale))
    worker.process.send_signal(signal.SIGKILL)
    worker.process.communicate(timeout=30)
    assert worker.process.returncode == -signal.SIGKILL
    for picture in tmp_path.glob("receipt-*.png"):
        assert picture.read_bytes().endswith(b"IEND\xaeB`\x82")


def test_stdout_is_for_answers_only(start, tmp_path):
    """What a library prints on descriptor 1 goes to stderr."""
    import subprocess
    import sys

    code = (
        "import os, sys\n"
        "from printer.host import worker\n"
        "out = worker.own_stdout()\n"
        "os.write(1, b'from C\\n'); print('from Python'); sys.stdout.flush()\n"
        "out.write(b'answer\\n'); out.flush()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"answer\n"
    assert done.stderr == b"from C\nfrom Python\n"


def test_sizes_of_the_sample_receipt(worker, sale, tmp_path):
    """Bytes are time on a serial line: the Vietnamese pages keep a receipt small."""
    sizes = {
        profile: worker.ask(job(f"file:{tmp_path}/out", sale, profile=profile))["bytes"]
        for profile in ("tcvn", "plain")
    }
    assert sizes["tcvn"] <= 1250, sizes
    assert sizes["plain"] <= 9000, sizes
